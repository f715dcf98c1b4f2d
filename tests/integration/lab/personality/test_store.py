"""The configuration is whole whatever happens to the session that writes it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from yiwang.lab.personality.catalogue import platform_data
from yiwang.lab.personality.engine.device import Device
from yiwang.lab.personality.serving import default_configuration


@pytest.fixture
def device(tmp_path: Path) -> Device:
    device = Device(name="r1", platform="huawei_vrp", state=tmp_path, is_candidate=True)
    long = default_configuration("huawei_vrp", "r1").replace(
        "interface NULL0\n", "".join(f"interface LoopBack{n}\n description {'x' * 200}\n#\n" for n in range(1000))
    )
    device.running.write_text(long)
    (tmp_path / "device.json").write_text(json.dumps(device.document()))
    (tmp_path / "platform.json").write_text(json.dumps(platform_data("huawei_vrp")))
    return device


def session(device: Device) -> subprocess.Popen[bytes]:
    """A session without a terminal."""
    files = ["--device", str(device.state / "device.json"), "--platform", str(device.state / "platform.json")]
    return subprocess.Popen(
        [sys.executable, "-E", "-s", "-m", "yiwang.lab.personality.engine.shell", *files],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def test_a_session_killed_while_it_commits_leaves_a_whole_configuration(device: Device) -> None:
    before = device.running.read_text()
    changed = 0

    for attempt in range(12):
        process = session(device)
        assert process.stdin is not None
        assert process.stdout is not None
        lines = [f"sysname name-{attempt}-{number}\ncommit\n" for number in range(200)]
        process.stdin.write("".join(["system-view\n", *lines]).encode())
        process.stdin.flush()
        process.stdout.readline()
        time.sleep(0.02 + attempt * 0.03)
        process.kill()
        process.communicate(timeout=20)
        after = device.running.read_text()
        name = next(line for line in after.splitlines() if line.startswith("sysname "))
        changed += name != "sysname r1"
        assert after.replace(name, "sysname r1") == before

    assert changed


def test_a_session_after_a_killed_one_can_still_change_it(device: Device) -> None:
    killed = session(device)
    assert killed.stdin is not None
    killed.stdin.write(b"system-view\nsysname killed\ncommit\n")
    killed.stdin.flush()
    killed.kill()
    killed.communicate(timeout=20)

    done = session(device).communicate(b"system-view\nsysname next\ncommit\nreturn\nsave\ny\nquit\n", timeout=20)

    assert b"[~next]" in done[0]
    assert device.startup.read_text() == device.running.read_text()
    assert "sysname next\n" in device.running.read_text()
