"""The audit of hosts on real nodes: what the baseline makes good, and what it tells of a node without it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from yiwang.deploy.engine.channel import Channel
from yiwang.deploy.host_audit import HostFinding, audit_host
from yiwang.lab.fixtures import eventually

from .conftest import PLATFORM, Bench

pytestmark = pytest.mark.xdist_group("lab")

# In a lab the journal is in memory, whatever is configured.
ONLY_IN_LABS = {"journal-kept"}
# No kernel audit and no firmware in a lab; no second factor, intrusion detection, malware scanner or backup here.
NOT_TOLD = {
    *("kernel-audit", "audit-rules", "secure-boot"),
    *("two-factors", "intrusion-detection", "malware", "backup"),
}


# The services there write their state down when they like.
OWN_STATE = ("/var/lib/chrony", "/etc/cups/")


def findings(platform: Bench, name: str) -> dict[str, HostFinding]:
    with closing(Channel(platform.endpoint(name))) as channel:
        found = audit_host(channel)
        assert channel.round_trips == 1
    return {finding.check.id: finding for finding in found}


def verdicts(found: dict[str, HostFinding], verdict: str) -> set[str]:
    return {name for name, finding in found.items() if finding.verdict == verdict}


def test_a_hardened_host_fails_nothing_and_says_what_it_cannot_tell(platform: Bench) -> None:
    assert eventually(lambda: findings(platform, "exchange-1")["clock"].verdict == "pass")

    found = findings(platform, "exchange-1")

    assert verdicts(found, "fail") == ONLY_IN_LABS
    assert verdicts(found, "unknown") == NOT_TOLD


def test_what_somebody_undid_is_found_with_what_the_host_says(platform: Bench) -> None:
    web = platform.node("web-1")
    assert eventually(lambda: findings(platform, "web-1")["clock"].verdict == "pass")
    web.run("sh", "-c", "sysctl -qw net.ipv4.conf.all.accept_redirects=1; useradd -o -u 0 -g 0 backdoor")
    web.run("sh", "-c", "passwd -q -d backdoor; nft add rule inet yiwang input tcp dport 22 accept")

    found = findings(platform, "web-1")
    web.run(
        "sh", "-c", "userdel -f backdoor; systemctl reload nftables; sysctl -qw net.ipv4.conf.all.accept_redirects=0"
    )

    assert verdicts(found, "fail") - ONLY_IN_LABS == {
        *("redirects", "unique-accounts", "no-empty-password", "one-root", "ssh-sources")
    }
    assert found["one-root"].clause == "8.1.4.2 d"
    assert found["one-root"].evidence.split() == ["root", "backdoor"]


def test_looking_changes_nothing(platform: Bench) -> None:
    desk = platform.node("desk-1")
    desk.run("touch", "/tmp/before-the-audit")

    findings(platform, "desk-1")

    places = ("/etc", "/usr", "/var/lib", "/root", "/home")
    changed = desk.run("find", *places, "-xdev", "-newercm", "/tmp/before-the-audit", "-type", "f").stdout.split()
    assert [path for path in changed if not path.startswith(OWN_STATE)] == []


Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def yiwang(platform: Bench, tmp_path: Path) -> Command:
    """The command line in the lab, with a database of its own and a host more than there is."""
    estate = tmp_path / "estate"
    shutil.copytree(PLATFORM, estate)
    # Nothing listens there.
    way = {"host": "59.253.0.6", "port": 9, "via": None}
    gone = {"region": "410621", "zone": "extranet", "roles": ["service-point"], "connection": way}
    (estate / "gone.yaml").write_text(yaml.safe_dump({"nodes": {"gone-1": gone}}))
    folders = {"YIWANG_STATE_FOLDER": f"{tmp_path}/state", "YIWANG_CACHE_FOLDER": f"{tmp_path}/cache"}
    environment = {**os.environ, **folders, "COLUMNS": "200", "YIWANG_LANGUAGE": "en"}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        inside = ("yiwang", "lab", "run", "--lab", platform.lab.layout.name, "--", "yiwang", *words, "-e", str(estate))
        return subprocess.run(inside, capture_output=True, text=True, check=False, env=environment, timeout=120)

    return run


def test_hosts_are_audited_from_the_command_line(yiwang: Command, tmp_path: Path) -> None:
    sheet = tmp_path / "hosts.xlsx"

    shown = yiwang("audit", "hosts", "web-1", "--write", str(sheet), "--detailed-exitcode")
    told = yiwang("audit", "hosts", "name=gone-1|desk-1", "-o", "json")
    status = yiwang("status", "desk-1")

    assert shown.returncode == 2, shown.stderr
    assert "journal-kept" in shown.stdout
    assert "✗ 1 host(s): " in shown.stderr
    assert sheet.read_bytes().startswith(b"PK")
    assert told.returncode == 4, told.stderr
    document = json.loads(told.stdout)
    assert [each["host"] for each in document["hosts"]] == ["desk-1"]
    assert document["hosts"][0]["verdicts"]["one-root"] == "pass"
    assert [each["host"] for each in document["refused"]] == ["gone-1"]
    assert "host audit" in status.stdout
