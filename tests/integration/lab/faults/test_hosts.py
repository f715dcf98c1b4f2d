"""Faults of a host that runs."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from yiwang.core.errors import YiwangError
from yiwang.lab.credentials import own_vault
from yiwang.lab.faults.force import clear, clear_all, put_in_force, standing
from yiwang.lab.faults.record import Record, records
from yiwang.lab.faults.registry import find_fault
from yiwang.lab.faults.request import read_request
from yiwang.lab.fixtures import eventually
from yiwang.lab.lab import Lab
from yiwang.lab.machine import Machine

pytestmark = pytest.mark.xdist_group("lab")

TELLER = """\
[Service]
ExecStart=/bin/sh -c 'while :; do date +%%s >/run/teller; sleep 0.1; done'
"""
WRITER = """\
[Service]
ExecStart=/bin/sh -c 'exec 3>>/var/log/writer; while :; do sleep 1; done'
"""
SOCKET = """\
[Socket]
ListenDatagram=127.0.0.1:9
"""


@dataclass(frozen=True)
class Bench:
    """A lab, one node of it, and faults put into it as on a command line."""

    lab: Lab
    node: Machine

    def put(self, line: str, /, **options: str) -> Record:
        name, *words = line.format(host=self.node.host.name).split()
        return put_in_force(self.lab, read_request(self.lab.layout, find_fault(name), words, options), by="test")

    def succeeds(self, *words: str) -> bool:
        return self.node.run(*words, check=False).returncode == 0

    def told(self, *words: str) -> str:
        done = self.node.run(*words, check=False)
        return done.stdout + done.stderr

    def unit(self, name: str, text: str) -> None:
        """A service of the host's own for this boot."""
        self.node.run("sh", "-c", f"cat >/run/systemd/system/{name}.service", input=text)
        self.node.run("systemctl", "daemon-reload")
        self.node.run("systemctl", "start", name)

    def greeting(self) -> bytes:
        """What the SSH server says first."""
        with socket.create_connection((self.node.host.management, 22), 2) as connection:
            connection.settimeout(2)
            return connection.recv(4)


@pytest.fixture
def bench(lab_estate: Lab, lab_node: Machine) -> Iterator[Bench]:
    """The lab, without any fault after the test."""
    yield Bench(lab_estate, lab_node)
    clear_all(lab_estate)
    assert eventually(lab_node.is_answering)


def test_a_host_without_power_is_silent_until_it_has_it_again_with_its_disk_as_it_was(bench: Bench) -> None:
    bench.node.run("sh", "-c", "echo kept >/var/kept && sync")

    record = bench.put("power {host} off")
    is_silent = not bench.node.is_answering() and bench.node.init is None
    [standing_] = standing(bench.lab)
    clear(bench.lab, record.id)

    assert is_silent
    assert standing_.holds
    assert bench.node.is_answering()
    assert bench.told("cat", "/var/kept") == "kept\n"


def test_a_reboot_starts_the_host_again_and_leaves_no_fault(bench: Bench) -> None:
    before = bench.node.init

    bench.put("reboot {host}")

    assert bench.node.init not in (None, before)
    assert bench.node.is_answering()
    assert records(bench.lab.folder) == ()


def test_a_full_disk_takes_nothing_more_until_it_is_cleared(bench: Bench) -> None:
    write = ("dd", "if=/dev/zero", "of=/var/filler", "bs=1M", "count=4")

    record = bench.put("disk {host} full")
    full = bench.told(*write)
    clear(bench.lab, record.id)

    assert "No space left on device" in full
    assert bench.succeeds(*write)
    bench.node.run("rm", "/var/filler")


def test_a_disk_may_be_left_with_a_little_room(bench: Bench) -> None:
    bench.put("disk {host} full", leave="8")

    assert bench.succeeds("dd", "if=/dev/zero", "of=/var/filler", "bs=1M", "count=4")
    assert not bench.succeeds("dd", "if=/dev/zero", "of=/var/filler2", "bs=1M", "count=16")
    bench.node.run("rm", "-f", "/var/filler", "/var/filler2")


def test_a_read_only_root_refuses_writing_though_a_service_held_a_file_open(bench: Bench) -> None:
    bench.unit("writer", WRITER)

    record = bench.put("readonly {host}")
    refused = bench.told("touch", "/var/new")
    writer = eventually(lambda: bench.told("systemctl", "is-active", "writer").strip() == "failed", seconds=10)
    clear(bench.lab, record.id)

    assert "Read-only file system" in refused
    assert writer
    assert bench.succeeds("touch", "/var/new")
    bench.node.run("systemctl", "reset-failed", "writer")


def test_a_root_turns_read_only_though_a_socket_would_start_its_writer_again(bench: Bench) -> None:
    bench.node.run("sh", "-c", "cat >/run/systemd/system/writer.socket", input=SOCKET)
    bench.unit("writer", WRITER)
    bench.node.run("sh", "-c", "systemctl stop writer && systemctl start writer.socket")
    caller = "while :; do echo >/dev/udp/127.0.0.1/9; done"
    bench.unit("caller", f"[Service]\nExecStart=/bin/bash -c '{caller}'\n")
    assert eventually(lambda: bench.succeeds("systemctl", "is-active", "writer"))

    record = bench.put("readonly {host}")
    refused = bench.told("touch", "/var/new")
    clear(bench.lab, record.id)
    bench.node.run("systemctl", "stop", "caller", "writer.socket", "writer")

    assert "Read-only file system" in refused


@pytest.mark.parametrize(("offset", "seconds"), [("+2h", 7200), ("-3d", -259_200), ("+90s", 90)])
def test_one_service_sees_a_wrong_time_and_no_other(bench: Bench, offset: str, seconds: int) -> None:
    bench.unit("teller", TELLER)

    record = bench.put(f"clock {{host}} teller {offset}")

    assert eventually(lambda: abs(_told_time(bench) - time.time() - seconds) < 30, seconds=10)
    assert abs(int(bench.told("date", "+%s")) - time.time()) < 30
    clear(bench.lab, record.id)
    assert eventually(lambda: abs(_told_time(bench) - time.time()) < 30, seconds=10)


def test_the_clock_of_one_service_stands_still_while_the_service_runs_on(bench: Bench) -> None:
    bench.unit("teller", TELLER)
    bench.put("clock {host} teller stopped")
    assert eventually(lambda: _told_time(bench) > 0, seconds=10)
    file = Path(f"/proc/{bench.node.init}/root/run/teller")

    first, written = _told_time(bench), file.stat().st_mtime
    time.sleep(2.5)

    assert _told_time(bench) == first
    assert file.stat().st_mtime > written


def _told_time(bench: Bench) -> int:
    return int(bench.told("cat", "/run/teller").strip() or 0)


def test_a_stopped_service_runs_again_when_the_fault_is_cleared(bench: Bench) -> None:
    bench.unit("teller", TELLER)

    record = bench.put("service {host} teller stop")
    stopped = bench.told("systemctl", "is-active", "teller").strip()
    clear(bench.lab, record.id)

    assert stopped == "inactive"
    assert bench.told("systemctl", "is-active", "teller").strip() == "active"


def test_a_service_that_does_not_run_cannot_be_stopped_and_leaves_no_fault(bench: Bench) -> None:
    with pytest.raises(YiwangError, match="E6318"):
        bench.put("service {host} nonsense stop")

    assert records(bench.lab.folder) == ()


def test_an_ssh_server_that_is_not_there_refuses_connections(bench: Bench) -> None:
    record = bench.put("sshd {host} refuse")

    with pytest.raises(ConnectionRefusedError):
        bench.greeting()
    clear(bench.lab, record.id)
    assert bench.greeting() == b"SSH-"


def test_an_ssh_server_that_hangs_accepts_and_says_nothing(bench: Bench) -> None:
    record = bench.put("sshd {host} hang")

    with pytest.raises(TimeoutError):
        bench.greeting()
    clear(bench.lab, record.id)
    assert bench.greeting() == b"SSH-"


def test_an_ssh_server_that_refuses_every_login_still_greets(bench: Bench) -> None:
    login = ("ssh", bench.node.host.name, "true")
    before = _yiwang(bench, *login)

    record = bench.put("sshd {host} auth")
    during, greeting = _yiwang(bench, *login), bench.greeting()
    clear(bench.lab, record.id)

    assert before.returncode == 0, before.stderr
    assert during.returncode != 0
    assert "Permission denied" in during.stderr
    assert greeting == b"SSH-"
    assert _yiwang(bench, *login).returncode == 0


def test_an_agent_answers_to_other_credentials_until_its_files_are_back_byte_for_byte(bench: Bench) -> None:
    file = "/etc/snmp/snmpd.conf"
    original = bench.told("cat", file)
    bench.node.run("systemctl", "start", "snmpd")
    bench.node.run("sh", "-c", f"echo 'rocommunity yiwang-test 127.0.0.1' >>{file}; systemctl restart snmpd")
    declared = bench.told("cat", file)
    ask = ("snmpget", "-v2c", "-c", "yiwang-test", "-t", "1", "-r", "1", "127.0.0.1", "1.3.6.1.2.1.1.1.0")
    assert eventually(lambda: bench.succeeds(*ask), seconds=10)

    record = bench.put("snmp {host} wrong-credentials")
    time.sleep(1)
    is_running, answered = bench.told("systemctl", "is-active", "snmpd").strip(), bench.succeeds(*ask)
    clear(bench.lab, record.id)

    assert (is_running, answered) == ("active", False)
    assert bench.told("cat", file) == declared
    assert eventually(lambda: bench.succeeds(*ask), seconds=10)
    bench.node.run("sh", "-c", f"cat >{file}; systemctl stop snmpd", input=original)


def test_a_router_no_longer_answers_to_the_declared_user_until_its_files_are_back(bench: Bench) -> None:
    router = bench.lab.machine("core-1")
    vault = own_vault(bench.lab.folder.secrets)
    secrets = {letter: vault.get(f"snmp/{name}").reveal() for letter, name in (("A", "auth"), ("X", "privacy"))}
    ask = ("snmpget", "-v3", "-u", "yiwang", "-l", "authPriv", "-a", "SHA-256", "-A", secrets["A"], "-x", "AES")
    words = (*ask, "-X", secrets["X"], "-t", "1", "-r", "1", "127.0.0.1", "1.3.6.1.2.1.1.5.0")
    assert eventually(lambda: "core-1" in router.run(*words, check=False).stdout, seconds=20)

    record = bench.put("snmp core-1 wrong-credentials")
    refused = router.run(*words, check=False)
    clear(bench.lab, record.id)

    assert refused.returncode != 0
    assert eventually(lambda: "core-1" in router.run(*words, check=False).stdout, seconds=20)


def test_a_router_goes_on_with_a_read_only_root(bench: Bench) -> None:
    router = bench.lab.machine("core-1")

    record = bench.put("readonly core-1")
    refused = router.run("touch", "/var/new", check=False).stderr
    routing = eventually(lambda: router.run("vtysh", "-c", "show version", check=False).returncode == 0, seconds=20)
    clear(bench.lab, record.id)

    assert "Read-only file system" in refused
    assert routing
    assert router.run("touch", "/var/new", check=False).returncode == 0


def test_how_slow_a_device_is_to_be_is_left_for_its_command_line_until_it_starts_again(bench: Bench) -> None:
    record = bench.put("slow {host}", login="1", prompt="0.2", line="0.01")
    written = bench.told("cat", "/run/yiwang/slow")

    bench.put("reboot {host}")

    assert written == "login=1 prompt=0.2 line=0.01\n"
    assert [(each.record.id, each.holds) for each in standing(bench.lab)] == [(record.id, False)]


@pytest.mark.parametrize("line", ["slow {host}", "sshd {host} refuse", "readonly {host}", "service {host} ssh stop"])
def test_a_fault_of_a_host_that_has_no_power_can_be_cleared(bench: Bench, line: str) -> None:
    record = bench.put(line)
    bench.node.stop()

    clear(bench.lab, record.id)

    assert records(bench.lab.folder) == ()
    bench.put("power {host} off")


def test_a_host_that_starts_again_can_write(bench: Bench) -> None:
    record = bench.put("readonly {host}")
    bench.node.stop()
    clear(bench.lab, record.id)

    bench.node.start()

    assert eventually(bench.node.is_answering)
    assert bench.succeeds("touch", "/var/new")


@pytest.mark.parametrize(
    "line",
    [
        "slow {host}",
        "sshd {host} refuse",
        "readonly {host}",
        "service {host} ssh stop",
        "snmp {host} wrong-credentials",
    ],
)
def test_a_host_that_has_no_power_cannot_have_another_fault(bench: Bench, line: str) -> None:
    off = bench.put("power {host} off")

    with pytest.raises(YiwangError, match="E6022"):
        bench.put(line)

    assert [record.id for record in records(bench.lab.folder)] == [off.id]


def test_the_command_line_applies_lists_and_clears_a_fault(bench: Bench) -> None:
    host = bench.node.host.name

    applied = _yiwang(bench, "fault", "disk", host, "full", "--leave", "2", "--for", "10m")
    listed = _yiwang(bench, "fault", "list", "-o", "json")
    cleared = _yiwang(bench, "fault", "clear")

    [row] = json.loads(listed.stdout)["items"]
    assert applied.stdout == f"disk-{host}\n"
    assert (row["fault"], row["place"], row["values"], row["state"]) == ("disk", host, {"leave": 2}, "in-force")
    assert row["until"]
    assert cleared.returncode == 0
    assert records(bench.lab.folder) == ()


def test_power_is_switched_from_the_command_line(bench: Bench) -> None:
    host = bench.node.host.name

    assert _yiwang(bench, "power", host, "off").returncode == 0
    assert bench.node.init is None
    assert _yiwang(bench, "power", host, "on").returncode == 0
    assert bench.node.is_answering()
    assert records(bench.lab.folder) == ()


def test_the_limits_of_the_lab_are_told_with_what_they_are_about(bench: Bench) -> None:
    rows = json.loads(_yiwang(bench, "limits", "-o", "json").stdout)["items"]

    by_name = {row["name"]: row for row in rows}
    assert by_name["veth"]["is_here"] is True
    assert by_name["clock"]["subjects"] == ["*"]


def _yiwang(bench: Bench, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "yiwang", "--set", f"lab.name={bench.lab.layout.name}", "lab", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
