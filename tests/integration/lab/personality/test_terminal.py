"""A person at a terminal: editing, history, help, and the keys that leave a view."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from yiwang.lab.personality.catalogue import platform_data
from yiwang.lab.personality.engine.device import Device
from yiwang.lab.personality.serving import default_configuration


class Person:
    """Types on a pseudo-terminal and reads what appears."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def types(self, keys: str, *, until: str) -> str:
        """What appears after these keys, up to and with a pattern."""
        os.write(self._handle, keys.encode())
        seen = ""
        end = time.monotonic() + 20
        while not re.search(until, seen):
            assert time.monotonic() < end, seen
            if select.select([self._handle], [], [], 0.2)[0]:
                seen += os.read(self._handle, 65536).decode()
        return seen.replace("\r\n", "\n")


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Callable[[str], Person]]:
    started: list[tuple[subprocess.Popen[bytes], int]] = []

    def sits_down(platform: str) -> Person:
        device = Device(name="r1", platform=platform, state=tmp_path)
        device.running.write_text(default_configuration(platform, "r1"))
        (tmp_path / "device.json").write_text(json.dumps(device.document()))
        (tmp_path / "platform.json").write_text(json.dumps(platform_data(platform)))
        files = ["--device", str(tmp_path / "device.json"), "--platform", str(tmp_path / "platform.json")]
        near, far = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-E", "-s", "-m", "yiwang.lab.personality.engine.shell", *files],
            stdin=far,
            stdout=far,
            stderr=far,
            start_new_session=True,
        )
        os.close(far)
        started.append((process, near))
        return Person(near)

    yield sits_down
    for process, near in started:
        os.close(near)
        process.wait(20)


def test_keys_edit_the_line(person: Callable[[str], Person]) -> None:
    someone = person("huawei_vrp")
    someone.types("", until="<r1>$")

    left, home, right = "\x1b[D", "\x01", "\x1b[C"
    mended = f"xdisplayy clock{left * 6}\x7f{home}{right}\x7f\r"
    assert "Error" not in someone.types(mended, until="UTC.*\n<r1>$")
    assert "Error" not in someone.types("garbage\x15display clock\r", until="UTC.*\n<r1>$")
    assert "Error" not in someone.types("display wrong\x17clock\r", until="UTC.*\n<r1>$")
    assert "Error" not in someone.types("\x1b[A\r", until="UTC.*\n<r1>$")


def test_a_question_mark_tells_what_may_follow_and_a_tabulator_completes(person: Callable[[str], Person]) -> None:
    someone = person("cisco_ios")
    someone.types("", until="r1#$")

    told = someone.types("show run?", until=r"r1#show run$")
    completed = someone.types("\t", until="ning-config $")

    assert "  running-config\n" in told
    assert completed.endswith("ning-config ")


def test_interrupting_drops_the_line_and_ctrl_z_leaves_the_configuration(person: Callable[[str], Person]) -> None:
    someone = person("huawei_vrp")
    someone.types("", until="<r1>$")
    someone.types("system-view\r", until=r"\[r1\]$")
    someone.types("int gi0/0/1\r", until=r"\[r1-GigabitEthernet0/0/1\]$")

    someone.types("undo shut\x03", until=r"\^C\n\[r1-GigabitEthernet0/0/1\]$".replace("\\n", "\r\n"))
    someone.types("\x1a", until=r"<r1>$")


def test_the_pager_goes_on_by_page_or_line_and_stops(person: Callable[[str], Person]) -> None:
    someone = person("huawei_vrp")
    someone.types("", until="<r1>$")

    first = someone.types("display current-configuration\r", until="---- More ----$")
    line = someone.types("\r", until="---- More ----$")
    someone.types("q", until="<r1>$")

    assert first.count("\n") == 24
    assert line.count("\n") == 1


def test_output_is_filtered_behind_a_bar(person: Callable[[str], Person]) -> None:
    someone = person("cisco_ios")
    someone.types("", until="r1#$")

    kept = someone.types("show run | include ^interface\r", until="r1#$")
    section = someone.types("show run | section line vty\r", until="r1#$")
    begun = someone.types("show run | begin line vty\r", until="r1#$")

    assert set(kept.splitlines()[1:-1]) == {
        line for line in default_configuration("cisco_ios", "r1").splitlines() if line.startswith("interface")
    }
    assert section.splitlines()[1:-1] == ["line vty 0 4", " login local", " transport input ssh"]
    assert begun.splitlines()[-2] == "end"


def test_views_are_left_one_by_one_and_all_at_once(person: Callable[[str], Person]) -> None:
    someone = person("hp_comware")
    someone.types("", until="<r1>$")
    someone.types("sys\r", until=r"\[r1\]$")
    someone.types("ospf 1\r", until=r"\[r1-ospf-1\]$")
    someone.types("area 0\r", until=r"\[r1-ospf-1-area-0\.0\.0\.0\]$")

    someone.types("quit\r", until=r"\[r1-ospf-1\]$")
    someone.types("interface LoopBack5\r", until=r"\[r1-LoopBack5\]$")
    someone.types("return\r", until=r"<r1>$")
