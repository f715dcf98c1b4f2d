"""A small lab that is up: its hosts are what the estate declares."""

import json
import socket
import subprocess
from pathlib import Path

import pytest

from yiwang.app import App
from yiwang.core.settings import load_settings
from yiwang.inventory.loading.load import load
from yiwang.inventory.selector import parse_selector
from yiwang.lab.drafting import Request
from yiwang.lab.fixtures import SMALL, eventually, lab_name, raised_lab
from yiwang.lab.lab import Lab
from yiwang.lab.machine import Machine

pytestmark = pytest.mark.xdist_group("lab")


def yiwang(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["yiwang", *words], capture_output=True, text=True, check=check)


def app_in(lab: Lab) -> App:
    return App(load_settings((f"lab.name={lab.layout.name}", f"estate={lab.layout.estate}")))


def test_every_host_runs_systemd_under_its_declared_name(lab_estate: Lab) -> None:
    for machine in lab_estate.machines:
        assert machine.run("hostname").stdout.strip() == machine.host.name
        assert machine.run("systemctl", "is-system-running", "--wait").stdout.strip() == "running"


def test_the_declared_address_answers_with_the_host_key_that_the_estate_has_there(lab_estate: Lab) -> None:
    app = app_in(lab_estate)
    desk = app.load_estate().nodes["desk-1"]

    found = lab_estate.run("ssh-keyscan", "-t", "ed25519", "59.255.8.10").stdout

    assert desk.connection.host_keys
    assert desk.connection.host_keys[0] in found


def test_the_estates_own_credential_lets_in_as_the_declared_account(lab_estate: Lab, tmp_path: Path) -> None:
    app = app_in(lab_estate)
    desk = app.load_estate().nodes["desk-1"]
    key = tmp_path / "key"
    key.touch(0o600)
    key.write_text(app.vault().get(str(desk.connection.private_key)).reveal())
    known = tmp_path / "known_hosts"
    known.write_text(f"59.255.8.10 {desk.connection.host_keys[0]}\n")

    done = lab_estate.run(
        *("ssh", "-F", "none", "-i", str(key), "-o", f"UserKnownHostsFile={known}", "-o", "BatchMode=yes"),
        *(f"{desk.connection.user}@59.255.8.10", "id -un; sudo -n id -un"),
    )

    assert done.stdout.split() == ["yiwang", "root"]


def test_this_machine_reaches_a_host_only_by_its_management_address(lab_estate: Lab) -> None:
    desk = lab_estate.layout.by_name["desk-1"]

    with socket.create_connection((desk.management, 22), 5) as connection:
        assert connection.recv(4) == b"SSH-"
    routes = subprocess.run(["ip", "route", "get", "59.255.8.10"], capture_output=True, text=True, check=False).stdout
    assert f"yw{lab_estate.layout.slot}" not in routes


def test_a_thread_works_in_the_management_network_and_comes_back(lab_estate: Lab) -> None:
    before = Path("/proc/thread-self/ns/net").readlink()

    with lab_estate.network(), socket.create_connection(("59.255.8.10", 22), 5) as connection:
        greeting = connection.recv(4)

    assert greeting == b"SSH-"
    assert Path("/proc/thread-self/ns/net").readlink() == before


def test_hosts_do_not_meet_over_the_management_network(lab_estate: Lab, lab_node: Machine) -> None:
    other = lab_estate.layout.by_name["mirror-1"]

    done = lab_node.run("ping", "-c", "1", "-W", "1", other.management, check=False)

    assert done.returncode != 0


def test_a_host_has_no_way_out(lab_node: Machine) -> None:
    done = lab_node.run("ip", "route", "get", "192.0.2.1", check=False)
    ping = lab_node.run("ping", "-c", "1", "-W", "1", "192.0.2.1", check=False)

    assert "via 59.255.8.1 dev eth0" in done.stdout
    assert ping.returncode != 0


def test_kernel_settings_read_back_and_never_reach_this_machine(lab_node: Machine) -> None:
    own = Path("/proc/sys/kernel/panic").read_text()

    lab_node.run("sysctl", "-w", "kernel.panic=77")

    assert lab_node.run("sysctl", "-n", "kernel.panic").stdout.strip() == "77"
    assert Path("/proc/sys/kernel/panic").read_text() == own


def test_what_was_written_is_there_after_a_reboot(lab_estate: Lab, lab_node: Machine) -> None:
    lab_node.run("sh", "-c", "echo kept >/etc/kept")
    before = lab_node.run("cat", "/proc/sys/kernel/random/boot_id").stdout

    lab_node.run("systemctl", "reboot", check=False)

    assert eventually(lambda: rebooted(lab_node, before))
    assert lab_node.run("cat", "/etc/kept").stdout == "kept\n"


def rebooted(machine: Machine, before: str) -> bool:
    if machine.init is None or not machine.is_answering():
        return False
    done = machine.run("cat", "/proc/sys/kernel/random/boot_id", check=False)
    return done.returncode == 0 and done.stdout != before


def test_status_lists_every_host_for_machines_too(lab_estate: Lab) -> None:
    shown = json.loads(yiwang("lab", "status", "--lab", lab_estate.layout.name, "-o", "json").stdout)

    assert {row["host"]: (row["kind"], row["state"]) for row in shown["items"]} == {
        host.name: (host.kind, "up") for host in lab_estate.layout.hosts
    }


def test_commands_run_inside_a_host_and_over_ssh_and_in_the_network(lab_estate: Lab) -> None:
    name = ("--lab", lab_estate.layout.name)

    assert yiwang("lab", "exec", *name, "desk-1", "hostname").stdout == "desk-1\n"
    assert yiwang("lab", "ssh", *name, "desk-1", "hostname").stdout == "desk-1\n"
    assert "Debian" in yiwang("lab", "run", *name, "--", "ssh-keyscan", "-t", "ed25519", "59.255.8.10").stderr
    assert "Debian" in yiwang("lab", "console", *name, "desk-1").stdout


def test_yiwang_in_the_lab_knows_the_estate_and_the_lab(lab_estate: Lab, tmp_path: Path) -> None:
    export = ("yiwang", "inventory", "export", "ssh", "--output", str(tmp_path / "ssh"))

    yiwang("lab", "run", "--lab", lab_estate.layout.name, "--", *export)

    assert lab_estate.layout.by_name["desk-1"].host_key in (tmp_path / "ssh/known_hosts").read_text()


def test_a_word_that_is_no_host_is_refused_with_the_nearest(lab_estate: Lab) -> None:
    done = yiwang("lab", "exec", "--lab", lab_estate.layout.name, "desk-l", "true", check=False)

    assert done.returncode == 1
    assert 'E6015 there is no host "desk-l"' in done.stderr
    assert 'did you mean "desk-1"?' in done.stderr


def test_bringing_up_again_starts_only_what_is_off(lab_estate: Lab) -> None:
    desk, mirror = lab_estate.machine("desk-1"), lab_estate.machine("mirror-1")
    before = mirror.init
    desk.stop()

    done = yiwang("lab", "up", lab_estate.layout.estate, "--lab", lab_estate.layout.name)

    assert desk.is_answering()
    assert mirror.init == before
    assert "6 host(s)" in done.stderr


def test_another_selection_under_the_same_name_is_refused(lab_estate: Lab) -> None:
    words = ("lab", "up", lab_estate.layout.estate, "desk-1", "--only", "--lab", lab_estate.layout.name)

    done = yiwang(*words, check=False)

    assert done.returncode == 64
    assert "E6013" in done.stderr


def test_a_device_starts_with_the_configuration_that_was_collected_from_it(tmp_path: Path) -> None:
    (tmp_path / "core-1.cfg").write_text(COLLECTED)
    request = Request(lab_name("collected"), parse_selector("core-1"), is_exact=True, configurations=tmp_path)

    for lab in raised_lab(load(SMALL).require(), request):
        shown = subprocess.run(
            lab.ssh_command("core-1", ["display", "current-configuration"]), capture_output=True, text=True, check=True
        ).stdout

        assert "sysname REAL-CORE" in shown
        left = [each.detail for each in lab.layout.omissions if each.kind == "configuration"]
        assert any("ip vpn-instance" in line for line in left)


COLLECTED = """#
sysname REAL-CORE
#
ip vpn-instance GOV
 ipv4-family
  route-distinguisher 64998:1
#
interface GigabitEthernet0/0/1
 ip address 59.255.0.1 255.255.255.0
#
return
"""
