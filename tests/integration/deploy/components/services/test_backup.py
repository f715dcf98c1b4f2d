"""``backup`` and ``backup-client``: what is lost really comes back, and nobody can take it away before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from yiwang.lab.fixtures import eventually
from yiwang.lab.machine import Machine

from .conftest import Services
from .test_database import administer

pytestmark = pytest.mark.xdist_group("lab")

BACK_UP, DRILL = "/usr/local/lib/yiwang/back-up", "/usr/local/lib/yiwang/restore-drill"
REPOSITORY = "/srv/yiwang/backup/database-1"


@pytest.fixture(scope="module")
def backed_up(services: Services) -> Machine:
    """The database's node, with some rows, backed up once."""
    services.node("backup-1")
    node = services.node("database-1")
    rows = "CREATE TABLE citizen AS SELECT generate_series(1, 1000) AS id"
    administer(services, f"DROP TABLE IF EXISTS citizen; {rows}", "population")
    back_up(node)
    return node


def back_up(node: Machine, *words: str) -> None:
    """Back up now."""
    done = node.run(BACK_UP, *words, check=False)
    assert done.returncode == 0, done.stderr


def drill(node: Machine) -> dict[str, Any]:
    """What the drill found."""
    done = node.run(DRILL, check=False)
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def restic(node: Machine, *words: str) -> tuple[int, str]:
    """restic as the node itself would call it."""
    script = 'set -a; . /etc/yiwang/backup-client/settings; exec timeout 10 restic -o "$WAY" "$@"'
    done = node.run("sh", "-c", script, "sh", *words, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_drill_restores_files_and_database_and_finds_them_the_same(backed_up: Machine) -> None:
    found = drill(backed_up)

    assert found["good"], found
    assert found["files"]["same"] > 100
    assert found["files"]["different"] == []
    assert found["database"]["reached"] == found["database"]["sign"]
    assert found["database"]["databases"]["population"]["rows"]["restored"] >= 1000


def test_what_is_deleted_between_two_backups_comes_back_from_the_changes(
    services: Services, backed_up: Machine
) -> None:
    administer(services, "INSERT INTO citizen SELECT generate_series(1001, 1500)", "population")
    back_up(backed_up, "changes")
    administer(services, "DELETE FROM citizen", "population")

    found = drill(backed_up)
    administer(services, "INSERT INTO citizen SELECT generate_series(1, 1000)", "population")

    assert found["database"]["databases"]["population"]["rows"] == {"used": 0, "restored": 1500}


def test_a_file_that_was_altered_under_its_old_time_is_found(backed_up: Machine) -> None:
    keep_time = "touch -r /etc/debian_version /tmp/when; sed -i 1s/1/2/ /etc/debian_version; touch -r /tmp/when"
    backed_up.run("sh", "-c", f"{keep_time} /etc/debian_version")

    found = drill(backed_up)
    backed_up.run("sed", "-i", "1s/2/1/", "/etc/debian_version")

    assert found["files"]["different"] == ["etc/debian_version"]
    assert not found["good"]


def test_a_lost_file_is_restored_by_hand(services: Services, backed_up: Machine) -> None:
    before = backed_up.run("sha256sum", "/etc/postgresql/15/main/pg_hba.conf").stdout
    backed_up.run("rm", "/etc/postgresql/15/main/pg_hba.conf")

    code, said = restic(
        backed_up,
        "restore",
        "latest",
        "--tag",
        "files",
        "--target",
        "/",
        "--include",
        "/etc/postgresql/15/main/pg_hba.conf",
    )

    # The server has not read the file that came back.
    services.bench.apply("database-1", "database")

    assert code == 0, said
    assert backed_up.run("sha256sum", "/etc/postgresql/15/main/pg_hba.conf").stdout == before


def test_a_node_can_add_to_its_backups_and_not_take_away(backed_up: Machine) -> None:
    _, listed = restic(backed_up, "snapshots", "--json")
    first = json.loads(listed)[0]["short_id"]

    code, said = restic(backed_up, "forget", first)

    assert code != 0
    assert "403 Forbidden" in said
    assert first in restic(backed_up, "snapshots", "--no-lock")[1]


def test_a_node_gets_nothing_but_its_own_repository(services: Services, backed_up: Machine) -> None:
    way = "ssh -F /etc/yiwang/backup-client/ssh_config"
    shell = backed_up.run("sh", "-c", f"{way} backup-1 id </dev/null", check=False)
    forwarded = backed_up.run("sh", "-c", f"timeout 10 {way} -W 127.0.0.1:22 backup-1 </dev/null", check=False)
    copied = backed_up.run(
        "cat", "/etc/yiwang/backup-client/ssh_config", "/etc/yiwang/backup-client/known_hosts"
    ).stdout
    stranger = services.bare("app-1")
    stranger.run(
        "sh",
        "-c",
        "mkdir -p /etc/yiwang/backup-client && cat >/etc/yiwang/backup-client/ssh_config",
        input=copied.partition("backup-1 ssh")[0],
    )
    stranger.run("sh", "-c", "cat >/etc/yiwang/backup-client/known_hosts", input=copied[copied.index("backup-1 ssh") :])
    refused = stranger.run("sh", "-c", f"{way} backup-1 id </dev/null", check=False)

    assert "uid=" not in shell.stdout
    assert "SSH-2.0" not in forwarded.stdout
    assert "Permission denied" in refused.stderr


def test_old_backups_are_given_up_by_the_backup_node_alone(services: Services, backed_up: Machine) -> None:
    for _ in range(2):
        back_up(backed_up, "changes")
    services.node("backup-1").run("systemctl", "start", "yiwang-keep-backups")

    _, listed = restic(backed_up, "snapshots", "--json")
    tags = [tag for each in json.loads(listed) for tag in each["tags"]]

    assert sorted(tags) == ["base", "changes", "files"]


def test_the_monitor_is_told_when_it_last_went_well(backed_up: Machine) -> None:
    back_up(backed_up)
    assert drill(backed_up)["good"]

    def figures() -> str:
        return backed_up.run("curl", "-s", "http://127.0.0.1:9100/metrics").stdout

    assert eventually(lambda: "\nyiwang_backup_success_seconds" in figures(), seconds=10)
    assert "\nyiwang_restore_drill_success_seconds" in figures()


def test_a_damaged_backup_is_noticed_by_the_backup_node(services: Services, backed_up: Machine) -> None:
    server = services.node("backup-1")
    services.bench.apply("backup-1", "backup", values={"backup": {"read_percent": 100}})
    largest = server.run("sh", "-c", f"find {REPOSITORY}/data -type f -size +4k | head -1").stdout.strip()
    damage = 'chmod u+w "$1"; printf XXXX | dd of="$1" bs=1 seek=100 conv=notrunc status=none'
    server.run("sh", "-c", damage, "sh", largest)

    done = server.run("systemctl", "start", "yiwang-keep-backups", check=False)
    said = server.run("journalctl", "-u", "yiwang-keep-backups", "-n", "30", "--no-pager").stdout
    services.bench.apply("backup-1", "backup")

    assert done.returncode != 0
    assert "database-1: the backup is damaged" in said


def test_passwords_of_backups_stand_in_no_list_of_processes(backed_up: Machine) -> None:
    script = f"{BACK_UP} changes & for i in $(seq 40); do ps -eo args; sleep 0.05; done; wait"

    listed = backed_up.run("sh", "-c", script).stdout

    assert "restic" in listed
    assert "opens every backup" not in listed
