"""``baseline`` on real nodes: what it asks for is so, and can be relied on."""

from __future__ import annotations

import subprocess

import pytest

from yiwang.lab.fixtures import eventually
from yiwang.lab.machine import Machine

from .conftest import Bench

pytestmark = pytest.mark.xdist_group("lab")

BASELINE = ("baseline",)


def reaches(platform: Bench, asker: str, address: str, port: int) -> bool:
    """Whether a TCP connection opens, from a node to an address."""
    script = f"timeout 2 bash -c '</dev/tcp/{address}/{port}'"
    return platform.node(asker).run("sh", "-c", script, check=False).returncode == 0


def listening(platform: Bench, name: str, port: int) -> None:
    """Something that takes connections at every address of a node."""
    script = f"systemd-run -q --unit=ear-{port} --collect python3 -m http.server {port}"
    platform.node(name).run("sh", "-c", f"systemctl is-active -q ear-{port} || {script}")
    assert eventually(lambda: reaches(platform, name, "127.0.0.1", port), seconds=20)


def test_only_what_the_zones_declare_comes_in(platform: Bench) -> None:
    listening(platform, "desk-1", 443)
    listening(platform, "desk-1", 8080)
    desk, exchange = "59.253.8.2", "59.253.0.10"
    listening(platform, "exchange-1", 443)

    found = {
        ("exchange-1", desk, 443): reaches(platform, "exchange-1", desk, 443),
        ("exchange-1", desk, 8080): reaches(platform, "exchange-1", desk, 8080),
        ("web-1", desk, 443): reaches(platform, "web-1", desk, 443),
        ("web-1", exchange, 443): reaches(platform, "web-1", exchange, 443),
    }

    assert found == {
        # Within the extranet, and nothing but the declared services.
        ("exchange-1", desk, 443): True,
        ("exchange-1", desk, 8080): False,
        # From the public zone only through the exchange.
        ("web-1", desk, 443): False,
        ("web-1", exchange, 443): True,
    }


def test_ssh_comes_in_from_the_bastion_and_from_nobody_else(platform: Bench) -> None:
    assert reaches(platform, "bastion-1", "59.253.8.2", 22)
    assert not reaches(platform, "exchange-1", "59.253.8.2", 22)
    assert reaches(platform, "exchange-1", "59.253.0.6", 22)


def test_a_firewall_that_somebody_opened_by_hand_is_found_and_closed(platform: Bench) -> None:
    desk = platform.node("desk-1")
    desk.run("nft", "insert", "rule", "inet", "yiwang", "input", "tcp", "dport", "8080", "accept")

    changes = platform.changes("desk-1", *BASELINE)
    platform.apply("desk-1", *BASELINE)

    assert changes == ["baseline: firewall in force"]
    assert "8080" not in desk.run("nft", "list", "ruleset").stdout
    assert platform.changes("desk-1", *BASELINE) == []


def test_a_service_that_has_not_read_its_file_is_found_and_told(platform: Bench) -> None:
    # As if the run had been killed between the file and the reload.
    desk = platform.node("desk-1")
    desk.run("touch", "/etc/ssh/sshd_config.d/20-yiwang.conf")

    changes = platform.changes("desk-1", *BASELINE)
    platform.apply("desk-1", *BASELINE)

    assert changes == ["baseline: SSH server in force"]
    assert platform.changes("desk-1", *BASELINE) == []


def test_a_reboot_changes_nothing_of_it(platform: Bench) -> None:
    web = platform.node("web-1")
    before = web.run("cat", "/proc/sys/kernel/random/boot_id").stdout
    web.run("systemctl", "reboot", check=False)

    assert eventually(lambda: web.is_answering() and boot_id(web) not in ("", before))

    assert "policy drop" in web.run("nft", "list", "table", "inet", "yiwang").stdout
    assert platform.changes("web-1", *BASELINE) == []


def boot_id(machine: Machine) -> str:
    done = machine.run("cat", "/proc/sys/kernel/random/boot_id", check=False)
    return done.stdout if done.returncode == 0 else ""


def test_logs_arrive_in_the_senders_own_folder_over_tls(platform: Bench) -> None:
    platform.node("exchange-1").run("logger", "-t", "trial", "一条日志 from exchange")

    arrived = eventually(lambda: "一条日志 from exchange" in logs(platform, "exchange-1"), seconds=30)

    assert arrived
    assert "from exchange" not in logs(platform, "desk-1")


def logs(platform: Bench, sender: str) -> str:
    return platform.node("base-1").run("sh", "-c", f"cat /srv/yiwang/log/{sender}/*.log", check=False).stdout


def test_logs_wait_on_the_node_while_the_log_server_is_away(platform: Bench) -> None:
    base = platform.node("base-1")
    base.run("systemctl", "stop", "rsyslog.service", "syslog.socket")
    platform.node("exchange-1").run("logger", "-t", "trial", "said while nobody listened")

    base.run("systemctl", "start", "rsyslog.service")

    assert eventually(lambda: "said while nobody listened" in logs(platform, "exchange-1"), seconds=60)


def test_another_log_server_at_the_same_address_gets_nothing(platform: Bench) -> None:
    base, exchange = platform.node("base-1"), platform.node("exchange-1")
    pinned = exchange.run("cat", "/etc/yiwang/log/base-1.pem").stdout
    other = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=other -days 9 -keyout /tmp/k -out /tmp/c 2>/dev/null"

    exchange.run("sh", "-c", f"{other} && cp /tmp/c /etc/yiwang/log/base-1.pem && systemctl restart rsyslog")
    exchange.run("logger", "-t", "trial", "not for strangers")
    refused = eventually(lambda: "not permitted to talk to peer" in journal(exchange, "rsyslog"), seconds=20)
    stolen = "not for strangers" in base.run("sh", "-c", "cat /srv/yiwang/log/*/*.log").stdout
    exchange.run("sh", "-c", "cat >/etc/yiwang/log/base-1.pem; systemctl restart rsyslog", input=pinned)

    assert refused
    assert not stolen
    assert eventually(lambda: "not for strangers" in logs(platform, "exchange-1"), seconds=60)


def journal(machine: Machine, unit: str) -> str:
    return machine.run("journalctl", "-u", unit, "--no-pager", "-n", "20").stdout


def test_the_clock_follows_the_declared_source(platform: Bench) -> None:
    def tracking() -> str:
        return platform.node("desk-1").run("chronyc", "-n", "tracking").stdout

    assert eventually(lambda: "(59.253.0.2)" in tracking(), seconds=60)


def test_names_of_the_estate_resolve_on_every_node(platform: Bench) -> None:
    found = platform.node("desk-1").run("getent", "hosts", "web-1").stdout

    assert found.split() == ["10.130.0.2", "web-1.platform.internal"]


def test_duties_are_separate(platform: Bench) -> None:
    desk = platform.node("desk-1")

    def as_person(login: str, command: str) -> int:
        return desk.run("su", "-", login, "-c", command, check=False).returncode

    assert as_person("zhangsan", "sudo -n id") == 0
    assert as_person("lisi", "journalctl -n 1 -q") == 0
    assert as_person("lisi", "sudo -n cat /etc/shadow") != 0
    assert as_person("lisi", "sudo -n -l /usr/sbin/aureport") == 0
    # No option may smuggle in a file to write or a program to run.
    assert as_person("lisi", "sudo -n -l /usr/sbin/aureport --input /etc/shadow") != 0


def test_an_account_is_locked_after_failed_logins_and_opens_again_by_the_administrator(platform: Bench) -> None:
    desk = platform.node("desk-1")
    desk.run("sh", "-c", "id guest >/dev/null 2>&1 || useradd -m guest; echo 'guest:Correct-Horse-9' | chpasswd")

    def login(password: str) -> bool:
        script = "import pty,os,sys,time\npid,fd=pty.fork()\n" + LOGIN
        done = desk.run(
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "python3", "-c", script, password
        )
        return "yes-it-works" in done.stdout

    assert login("Correct-Horse-9")
    for _ in range(5):
        assert not login("wrong")
    assert not login("Correct-Horse-9")
    desk.run("faillock", "--user", "guest", "--reset")
    assert login("Correct-Horse-9")


LOGIN = """
if pid == 0: os.execvp("su", ["su", "guest", "-c", "echo yes-it-works"])
said = b""
try:
    while b"assword" not in said: said += os.read(fd, 100)
    os.write(fd, sys.argv[1].encode() + b"\\n")
    while part := os.read(fd, 100): said += part
except OSError: pass
print(said.decode())
"""


def test_a_weak_password_is_refused(platform: Bench) -> None:
    desk = platform.node("desk-1")
    desk.run("sh", "-c", "id guest >/dev/null 2>&1 || useradd -m guest")

    done = desk.run("passwd", "guest", input="abc12345\nabc12345\n" * 3, check=False)

    assert done.returncode != 0
    assert "BAD PASSWORD" in done.stderr


def test_ssh_shows_the_banner_and_refuses_passwords_and_root(platform: Bench) -> None:
    host = platform.node("desk-1").host
    words = ["ssh", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    words += ["-o", "BatchMode=yes", "-i", str(platform.lab.folder.operator_key), f"root@{host.management}", "true"]

    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert "仅供授权人员使用" in done.stderr
    assert "Permission denied (publickey)" in done.stderr


def test_a_locked_account_cannot_come_in_even_by_key(platform: Bench) -> None:
    values = {"baseline": {"locked_accounts": ["leaver"]}}
    desk = platform.node("desk-1")
    desk.run("sh", "-c", "id leaver >/dev/null 2>&1 || useradd -m leaver")

    platform.apply("desk-1", *BASELINE, values=values)
    after = platform.changes("desk-1", *BASELINE, values=values)

    done = desk.run("su", "leaver", "-c", "true", check=False)
    shadow = desk.run("getent", "shadow", "leaver").stdout.split(":")
    assert (shadow[1][0], shadow[7]) == ("!", "1")
    assert after == []
    assert done.returncode in (0, 1)


def test_kernel_settings_that_somebody_changed_are_found(platform: Bench) -> None:
    desk = platform.node("desk-1")
    desk.run("sysctl", "-w", "net.ipv4.conf.all.accept_redirects=1")

    changes = platform.changes("desk-1", *BASELINE)
    platform.apply("desk-1", *BASELINE)

    assert changes == ["baseline: kernel settings in force"]
    assert desk.run("sysctl", "-n", "net.ipv4.conf.all.accept_redirects").stdout == "0\n"
