"""``bastion`` as programs and persons use it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from .conftest import Bench

pytestmark = pytest.mark.xdist_group("lab")

DESK, BASE = "59.253.8.2", "59.253.0.2"
PLAIN = ("-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null")


@dataclass(frozen=True)
class Desk:
    """An operator's own desk, with his key."""

    platform: Bench
    environment: dict[str, str]

    def ssh(self, *words: str) -> subprocess.CompletedProcess[str]:
        key = ("-i", str(self.platform.lab.folder.operator_key), "-o", "LogLevel=ERROR")
        return subprocess.run(
            self.platform.lab.command(["ssh", *PLAIN, *key, *words]),
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    @property
    def bastion(self) -> str:
        return self.platform.node("bastion-1").host.management


@pytest.fixture(scope="module")
def desk(platform: Bench) -> Iterator[Desk]:
    """With an agent that holds his key."""
    agent = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
    said = dict(part.split("=", 1) for part in agent.replace("\n", "").split(";") if "=" in part)
    environment = os.environ | said
    try:
        subprocess.run(["ssh-add", "-q", str(platform.lab.folder.operator_key)], env=environment, check=True)
        yield Desk(platform, environment)
    finally:
        subprocess.run(["ssh-agent", "-k"], env=environment, capture_output=True, check=True)


def jump(desk: Desk, account: str) -> str:
    key = desk.platform.lab.folder.operator_key
    return f"ProxyCommand=ssh {' '.join(PLAIN)} -i {key} -W %h:%p {account}@{desk.bastion}"


def test_the_estates_account_is_passed_on_to_nodes(desk: Desk) -> None:
    done = desk.ssh("-o", jump(desk, "yiwang"), f"yiwang@{DESK}", "hostname")

    assert (done.returncode, done.stdout) == (0, "desk-1\n")


def test_it_is_passed_on_to_ssh_and_to_nothing_else(desk: Desk) -> None:
    done = desk.ssh("-W", f"{BASE}:80", f"yiwang@{desk.bastion}")

    assert done.returncode != 0
    assert "stdio forwarding failed" in done.stderr


def test_a_person_is_not_passed_on(desk: Desk) -> None:
    done = desk.ssh("-W", f"{DESK}:22", f"zhangsan@{desk.bastion}")

    assert done.returncode != 0
    assert "stdio forwarding failed" in done.stderr


def test_a_persons_session_is_recorded_and_can_be_replayed(desk: Desk) -> None:
    bastion = desk.platform.node("bastion-1")

    done = desk.ssh("-tt", f"zhangsan@{desk.bastion}", "echo 看一下 $((6 * 7)); whoami")

    assert "看一下 42" in done.stdout
    assert "zhangsan" in done.stdout
    listed = bastion.run("sudoreplay", "-d", "/var/log/yiwang/sessions", "-l", "user", "zhangsan").stdout
    newest = listed.splitlines()[-1].partition("TSID=")[2].split(" ; ")[0]
    replayed = bastion.run("sudoreplay", "-d", "/var/log/yiwang/sessions/zhangsan", "-m", "0", newest.split("/")[-1])
    assert "看一下 42" in replayed.stdout


def test_a_person_cannot_touch_the_recordings(desk: Desk) -> None:
    done = desk.ssh(f"lisi@{desk.bastion}", "ls /var/log/yiwang/sessions; sudo -n rm -rf /var/log/yiwang; echo end")

    assert done.stdout == "end\n"
    assert desk.platform.node("bastion-1").run("ls", "/var/log/yiwang/sessions").stdout


def test_a_person_goes_on_with_the_key_that_stays_at_his_desk(desk: Desk) -> None:
    onwards = f"ssh {' '.join(PLAIN)} -o LogLevel=ERROR zhangsan@{DESK} hostname"

    done = desk.ssh("-A", f"zhangsan@{desk.bastion}", onwards)

    assert (done.returncode, done.stdout) == (0, "desk-1\n"), done.stderr
