"""``service-point`` as a desk's clerks use it."""

from __future__ import annotations

import pytest

from yiwang.lab.fixtures import eventually

from .conftest import Bench

pytestmark = pytest.mark.xdist_group("lab")

ROLE = ("baseline", "service-point")


def as_clerk(platform: Bench, command: str) -> tuple[int, str]:
    done = platform.node("desk-1").run("su", "-", "window-1", "-c", command, check=False)
    return done.returncode, done.stdout


def test_a_clerk_has_an_account_and_no_rights(platform: Bench) -> None:
    assert as_clerk(platform, "id -un") == (0, "window-1\n")
    assert as_clerk(platform, "sudo -n true")[0] != 0
    assert as_clerk(platform, "ls /var/log/audit")[0] != 0


def test_scans_are_shared_by_clerks_and_nobody_else_and_do_not_stay(platform: Bench) -> None:
    desk = platform.node("desk-1")

    put = as_clerk(platform, "echo 身份证复印件 >/srv/yiwang/scan/today.pdf")
    owner = desk.run("stat", "-c", "%G", "/srv/yiwang/scan/today.pdf").stdout
    stranger = desk.run("su", "-", "lisi", "-c", "ls /srv/yiwang/scan", check=False)
    desk.run("systemd-tmpfiles", "--clean")
    kept = desk.run("ls", "/srv/yiwang/scan").stdout
    # Nobody can make a file look old to it, so the time that it asks for is made short.
    desk.run("sh", "-c", "sed 's/ 7d$/ 1s/' /etc/tmpfiles.d/50-yiwang-scan.conf >/tmp/scan.conf; sleep 2")
    desk.run("systemd-tmpfiles", "--clean", "/tmp/scan.conf")

    assert (put[0], owner, kept) == (0, "yiwang-clerk\n", "today.pdf\n")
    assert stranger.returncode != 0
    assert desk.run("ls", "/srv/yiwang/scan").stdout == ""


def test_a_usb_stick_finds_no_driver(platform: Bench) -> None:
    have = "command -v modprobe >/dev/null || apt-get -qqy install kmod >&2"
    found = platform.node("desk-1").run("sh", "-c", f"{have}; modprobe --show-config").stdout

    assert "install usb_storage /bin/false" in found
    assert "install uas /bin/false" in found


def test_what_is_printed_reaches_the_printer_and_is_not_kept(platform: Bench) -> None:
    desk = platform.node("desk-1")
    ear = "import socket; s = socket.create_server(('127.0.0.1', 9100)); c = s.accept()[0]\n"
    ear += "open('/tmp/paper', 'wb').write(b''.join(iter(lambda: c.recv(4096), b'')))"
    desk.run("systemd-run", "-q", "--unit=printer", "--collect", "python3", "-c", ear)

    done = as_clerk(platform, "echo 受理回执 | lp -d receipts -o raw")

    assert done[0] == 0
    assert eventually(lambda: "受理回执" in desk.run("sh", "-c", "cat /tmp/paper", check=False).stdout, seconds=30)
    assert eventually(
        lambda: desk.run("sh", "-c", "ls /var/spool/cups | grep ^d", check=False).stdout == "", seconds=30
    )


def test_the_look_at_the_platform_says_whether_it_answers(platform: Bench) -> None:
    desk, exchange = platform.node("desk-1"), platform.node("exchange-1")
    exchange.run("systemctl", "stop", "ear-443", check=False)

    before = desk.run("systemctl", "start", "yiwang-probe-platform", check=False).returncode
    key = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -days 2 -keyout /tmp/x.key -out /tmp/x.crt"
    exchange.run("sh", "-c", f"{key} 2>/dev/null")
    serve = ("openssl", "s_server", "-accept", "443", "-www", "-quiet", "-key", "/tmp/x.key", "-cert", "/tmp/x.crt")
    exchange.run("systemd-run", "-q", "--unit=platform", "--collect", *serve)
    answered = eventually(lambda: probed(platform) == 0, seconds=20)
    exchange.run("systemctl", "stop", "platform")

    assert before != 0
    assert answered
    said = desk.run("journalctl", "-u", "yiwang-probe-platform", "-n", "20", "--no-pager", "-o", "cat").stdout
    assert "https://59.253.0.10/ up=0" in said
    assert "https://59.253.0.10/ up=1" in said


def probed(platform: Bench) -> int:
    return platform.node("desk-1").run("systemctl", "start", "yiwang-probe-platform", check=False).returncode


def test_nobody_prints_from_elsewhere(platform: Bench) -> None:
    listening = platform.node("desk-1").run("ss", "-Hltn").stdout

    assert ":631" not in listening


def test_a_clerk_who_left_is_locked(platform: Bench) -> None:
    values = {"service-point": {"clerks": {}}, "baseline": {"locked_accounts": ["window-1"]}}

    platform.apply("desk-1", *ROLE, values=values)
    locked = platform.node("desk-1").run("chage", "-l", "window-1").stdout
    platform.node("desk-1").run("sh", "-c", "usermod -U -e '' window-1 || chage -E -1 window-1")
    platform.apply("desk-1", *ROLE)

    assert "Jan 02, 1970" in locked
    assert platform.changes("desk-1", *ROLE) == []
