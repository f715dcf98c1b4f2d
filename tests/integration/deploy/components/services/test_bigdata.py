"""``bigdata`` as nodes use it: files left and taken over SFTP, by those whose data it is."""

from __future__ import annotations

from subprocess import CompletedProcess

import pytest

from yiwang.lab.fixtures import eventually

from .conftest import Services

pytestmark = pytest.mark.xdist_group("lab")

ADDRESS, PORT = "10.71.0.14", "2022"
FOLDER = "/srv/yiwang/data"
USERS = {"exchange-1": "data-exchange", "app-1": "data-analysis"}


def sftp(services: Services, asker: str, commands: str, *, user: str = "") -> CompletedProcess[str]:
    """An SFTP session of a node, which comes in with its own host key."""
    services.node("bigdata-1")
    options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes"]
    words = [word for option in options for word in ("-o", option)]
    account = f"{user or USERS[asker]}@{ADDRESS}"
    given = ["sftp", "-b", "-", "-P", PORT, "-i", "/etc/ssh/ssh_host_ed25519_key", *words, account]
    return services.bare(asker).run(*given, input=commands, check=False)


def test_what_one_leaves_another_takes_and_cannot_change(services: Services) -> None:
    services.bare("exchange-1").run("sh", "-c", "echo 办件 >/tmp/cases.csv")

    left = sftp(services, "exchange-1", "put /tmp/cases.csv incoming/cases.csv\n")
    taken = sftp(services, "app-1", "get incoming/cases.csv /tmp/taken.csv\n")
    changed = sftp(services, "app-1", "put /tmp/taken.csv incoming/cases.csv\n")
    removed = sftp(services, "app-1", "rm incoming/cases.csv\n")

    assert left.returncode == 0, left.stderr
    assert taken.returncode == 0, taken.stderr
    assert services.bare("app-1").run("cat", "/tmp/taken.csv").stdout == "办件\n"
    assert "ermission denied" in changed.stderr
    assert "ermission denied" in removed.stderr


def test_data_of_others_cannot_even_be_listed(services: Services) -> None:
    found = sftp(services, "exchange-1", "ls results\n")

    assert "ermission denied" in found.stderr


def test_there_is_no_shell_and_no_way_through(services: Services) -> None:
    services.node("bigdata-1")
    trust = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes"
    way = f"ssh -p 2022 -i /etc/ssh/ssh_host_ed25519_key {trust}"
    asker = services.bare("app-1")

    shell = asker.run("sh", "-c", f"timeout 10 {way} data-analysis@{ADDRESS} id </dev/null", check=False)
    through = asker.run("sh", "-c", f"timeout 10 {way} -W 127.0.0.1:22 data-analysis@{ADDRESS} </dev/null", check=False)
    outside = sftp(services, "app-1", "get /etc/passwd /tmp/passwd\n")

    assert "uid=" not in shell.stdout
    assert "SSH-2.0" not in through.stdout
    assert outside.returncode != 0


def test_a_node_cannot_come_in_as_somebody_else(services: Services) -> None:
    assert "Permission denied" in sftp(services, "app-1", "ls\n", user="data-exchange").stderr
    assert "Permission denied" in sftp(services, "app-1", "ls\n", user="root").stderr


def test_who_left_which_file_is_written_down(services: Services) -> None:
    services.bare("exchange-1").run("sh", "-c", "echo x >/tmp/traced.csv")
    sftp(services, "exchange-1", "put /tmp/traced.csv incoming/traced.csv\n")

    def logged() -> str:
        return services.node("bigdata-1").run("journalctl", "--no-pager", "-n", "100").stdout

    assert eventually(lambda: 'open "/incoming/traced.csv" flags WRITE' in logged(), seconds=10), logged()
    assert "session opened for local user data-exchange" in logged()


def test_rights_that_are_taken_away_are_gone_for_files_that_are_there_as_well(services: Services) -> None:
    services.bare("exchange-1").run("sh", "-c", "echo x >/tmp/kept.csv")
    sftp(services, "exchange-1", "put /tmp/kept.csv incoming/kept.csv\n")
    values = {"bigdata": {"sets": {"incoming": {"writers": ["exchange"]}}}}

    services.bench.apply("bigdata-1", "bigdata", values=values)
    refused = sftp(services, "app-1", "get incoming/kept.csv /tmp/kept.csv\n")
    after = services.bench.changes("bigdata-1", "bigdata", values=values)
    services.bench.apply("bigdata-1", "bigdata")
    again = sftp(services, "app-1", "get incoming/kept.csv /tmp/kept.csv\n")

    assert refused.returncode != 0
    assert after == []
    assert again.returncode == 0, again.stderr


def test_who_is_not_declared_any_more_stays_outside(services: Services) -> None:
    values = {"bigdata": {"users": {"exchange": {"node": "exchange-1"}}, "sets": {}}}

    services.bench.apply("bigdata-1", "bigdata", values=values)
    refused = sftp(services, "app-1", "ls\n")
    services.bench.apply("bigdata-1", "bigdata")

    assert "Permission denied" in refused.stderr
    assert sftp(services, "app-1", "ls\n").returncode == 0
