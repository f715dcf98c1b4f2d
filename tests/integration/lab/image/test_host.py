"""A booted host of the image: what is its own, what is a copy, and what it says about it."""

from pathlib import Path

import pytest

from yiwang.lab.fixtures import eventually
from yiwang.lab.lab import Lab
from yiwang.lab.machine import Machine

pytestmark = pytest.mark.xdist_group("lab")


def here(setting: str) -> str:
    return Path("/proc/sys", setting.replace(".", "/")).read_text().strip()


def other(value: str) -> str:
    return "0" if value != "0" else "1"


@pytest.mark.parametrize(
    "setting", ["kernel.dmesg_restrict", "vm.swappiness", "fs.suid_dumpable", "dev.tty.ldisc_autoload"]
)
def test_a_setting_of_the_kernel_is_kept_by_the_host_and_never_reaches_this_machine(
    lab_node: Machine, setting: str
) -> None:
    before = here(setting)

    lab_node.run("sysctl", "-q", "-w", f"{setting}={other(before)}")

    assert lab_node.run("sysctl", "-n", setting).stdout.strip() == other(before)
    assert here(setting) == before


def test_settings_of_files_take_the_place_of_longer_ones(lab_node: Machine) -> None:
    script = "echo kernel.pid_max=65536 >/etc/sysctl.d/90-trial.conf && systemctl restart systemd-sysctl"

    lab_node.run("sh", "-c", script)

    assert lab_node.run("cat", "/proc/sys/kernel/pid_max").stdout == "65536\n"


def test_sysctl_applies_and_lists_everything_without_a_complaint(lab_node: Machine) -> None:
    applied = lab_node.run("sysctl", "--system")
    listed = lab_node.run("sysctl", "-a")

    names = [line.partition(" ")[0] for line in listed.stdout.splitlines()]
    assert applied.stderr == ""
    assert {"kernel.hostname", "vm.swappiness", "net.ipv4.ip_forward"} <= set(names)
    assert not [name for name in names if ".." in name]


def test_what_must_be_true_is_not_a_copy(lab_node: Machine) -> None:
    def read(name: str) -> str:
        return lab_node.run("cat", f"/proc/sys/kernel/{name}").stdout.strip()

    assert read("hostname") == lab_node.host.name
    assert read("osrelease") == here("kernel.osrelease")
    assert read("cap_last_cap") == here("kernel.cap_last_cap")
    assert read("random/uuid") != read("random/uuid")
    assert read("random/boot_id") != here("kernel.random.boot_id")


def test_network_settings_are_the_hosts_own(lab_node: Machine) -> None:
    before = here("net.ipv4.conf.all.log_martians")

    lab_node.run("sysctl", "-q", "-w", f"net.ipv4.conf.all.log_martians={other(before)}")

    assert lab_node.run("cat", "/proc/sys/net/ipv4/conf/all/log_martians").stdout.strip() == other(before)
    assert here("net.ipv4.conf.all.log_martians") == before


def test_the_journal_timers_and_logins_are_real(lab_node: Machine) -> None:
    lab_node.run("systemd-run", "--wait", "--quiet", "logger", "-t", "trial", "from a unit of its own")

    assert "from a unit of its own" in lab_node.run("journalctl", "-t", "trial", "-o", "cat").stdout
    assert "systemd-tmpfiles-clean.timer" in lab_node.run("systemctl", "list-timers", "--no-pager").stdout
    assert lab_node.run("systemctl", "is-active", "systemd-logind").stdout.strip() == "active"


def test_packages_come_from_the_mirror_and_what_cannot_run_here_is_skipped_with_its_reason(lab_node: Machine) -> None:
    # The way to the mirror is there when the routers have found each other.
    assert eventually(lambda: not lab_node.run("apt-get", "update", "--error-on=any", check=False).returncode)

    lab_node.run("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "install", "-y", "auditd", "rsyslog")

    status = lab_node.run("systemctl", "status", "auditd", check=False).stdout
    assert "ConditionSecurity=audit was not met" in status
    assert "auditd.service: " in lab_node.run("cat", "/usr/lib/yiwang/not-rehearsed").stdout
    assert lab_node.run("systemctl", "is-system-running", check=False).stdout.strip() == "running"


def test_the_log_service_does_not_spin(lab_node: Machine) -> None:
    lab_node.run("systemctl", "enable", "--quiet", "--now", "rsyslog")
    used = "cut -d' ' -f14,15 /proc/$(pidof rsyslogd)/stat"

    before = lab_node.run("sh", "-c", f"sleep 1; {used}").stdout.split()
    after = lab_node.run("sh", "-c", f"sleep 2; {used}").stdout.split()

    # In hundredths of a second; one that spins takes a hundred of them each second.
    assert sum(map(int, after)) - sum(map(int, before)) < 50


def test_the_mirror_says_what_it_stands_in_for(lab_estate: Lab) -> None:
    mirror = lab_estate.machine("mirror-1")

    status = mirror.run("systemctl", "status", "--no-pager", "yiwang-mirror").stdout

    assert "active (running)" in status
    assert "stands in until the mirror component is rolled out" in status
