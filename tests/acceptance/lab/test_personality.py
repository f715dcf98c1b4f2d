"""``yiwang lab personality`` and the pytest fixture, as integrators use them."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from netmiko import ConnectHandler

from yiwang.lab.personality.serving import Personality

CONFIGURATION = "#\nsysname from-a-file\n#\ninterface GigabitEthernet0/0/0\n description uplink\n#\nreturn\n"


@pytest.fixture(autouse=True)
def _sshd_is_installed() -> None:
    if not shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin"):
        pytest.skip("OpenSSH's server is not installed (apt-get install openssh-server)")


@contextmanager
def served(*arguments: str, **more: Any) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "yiwang", "lab", "personality", *arguments, "-o", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"YIWANG_LANGUAGE": "en"},
        **more,
    )
    assert process.stdout is not None
    try:
        text = ""
        while line := process.stdout.readline():
            text += line
            if line == "}\n":
                break
        yield process, json.loads(text)["items"][0]
    finally:
        process.send_signal(signal.SIGINT)
        _out, said = process.communicate(timeout=30)
        assert process.returncode == 0, said


def connected(row: dict[str, Any]) -> Any:
    return ConnectHandler(
        device_type=row["netmiko"],
        host=row["host"],
        port=row["port"],
        username=row["user"],
        use_keys=True,
        key_file=row["key"],
        ssh_strict=True,
        alt_host_keys=True,
        alt_key_file=row["known_hosts"],
    )


def test_the_verb_serves_a_file_until_it_is_interrupted_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "collected.cfg"
    file.write_text(CONFIGURATION)

    with served("huawei_vrp", "--configuration", str(file)) as (_process, row):
        connection = connected(row)
        shown = connection.send_command("display current-configuration")
        connection.disconnect()
        folder = Path(row["key"]).parent
        assert folder.stat().st_mode & 0o077 == 0

    assert f"{shown}\n" == CONFIGURATION
    assert not folder.exists()
    assert file.read_text() == CONFIGURATION


def gives_terminals_to_their_group(account: str) -> bool:
    """Whether a terminal that an account opens belongs to the group ``tty``, which sshd demands."""
    look = "import grp, os; print(os.fstat(os.openpty()[1]).st_gid == grp.getgrnam('tty').gr_gid)"
    command = [sys.executable, "-c", look]
    return subprocess.run(command, user=account, extra_groups=[], cwd="/", stdout=subprocess.PIPE).stdout == b"True\n"


def test_an_account_without_privileges_can_serve_itself(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("these tests already run without privileges")
    name = next((each.pw_name for each in pwd.getpwall() if each.pw_uid and each.pw_shell == "/bin/bash"), "")
    if not name:
        pytest.skip("there is no other account with a shell")
    try:
        subprocess.run([sys.executable, "-c", "import yiwang"], user=name, extra_groups=[], cwd="/", check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(f"{name} cannot run this Python")

    if not gives_terminals_to_their_group(name):
        pytest.skip("/dev/pts is mounted without gid=5, so that only root's sshd can hand out terminals")

    with served("cisco_ios", "--hostname", "own", user=name, extra_groups=[], cwd="/") as (_process, row):
        assert row["user"] == name
        connection = connected(row)
        assert connection.find_prompt() == "own#"
        connection.disconnect()


@pytest.mark.parametrize(("arguments", "expected"), [(("cisco_io",), "E6400"), (("cisco_ios", "--port", "1"), "")])
def test_what_cannot_be_served_is_told(arguments: tuple[str, ...], expected: str) -> None:
    if not expected and not os.geteuid():
        pytest.skip("root may listen on every port")

    done = subprocess.run(
        [sys.executable, "-m", "yiwang", "lab", "personality", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"YIWANG_LANGUAGE": "en"},
    )

    assert done.returncode
    assert (expected or "E6402") in done.stderr


def test_a_port_that_is_taken_is_told(personality: Callable[..., Personality]) -> None:
    taken = personality("huawei_vrp").port

    done = subprocess.run(
        [sys.executable, "-m", "yiwang", "lab", "personality", "huawei_vrp", "--port", str(taken)],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"YIWANG_LANGUAGE": "en"},
    )

    assert done.returncode == 64
    assert "E6402" in done.stderr
    assert "Address already in use" in done.stderr


def test_the_fixture_serves_several_devices_at_once(personality: Callable[..., Personality]) -> None:
    devices = [personality("hp_comware", hostname=f"sw-{number}") for number in (1, 2)]

    prompts = []
    for device in devices:
        with ConnectHandler(**device.netmiko) as connection:
            prompts.append(connection.find_prompt())

    assert prompts == ["<sw-1>", "<sw-2>"]
