"""``log-server``: whose logs are whose, how long they are kept, and what happens when the disk fills."""

from __future__ import annotations

import pytest

from yiwang.lab.fixtures import eventually

from .conftest import Bench

pytestmark = pytest.mark.xdist_group("lab")

FOLDER = "/srv/yiwang/log"


def test_a_sender_is_known_by_its_address_and_not_by_what_it_says(platform: Bench) -> None:
    # A device without TLS, that calls itself by another's name.
    core = platform.node("core-1")

    core.run(
        "logger", "-n", "59.253.0.2", "-P", "514", "-d", "--rfc5424=notime", "--id", "-t", "trial", "from a router"
    )
    kept = eventually(lambda: "from a router" in read(platform, "core-1"), seconds=20)

    assert kept
    assert "from a router" not in read(platform, "desk-1")


def read(platform: Bench, sender: str) -> str:
    return platform.node("base-1").run("sh", "-c", f"cat {FOLDER}/{sender}/*.log", check=False).stdout


def test_days_are_compressed_and_go_after_their_time_and_not_before(platform: Bench) -> None:
    base = platform.node("base-1")
    script = f"""rm -rf {FOLDER}/old-1; mkdir -p {FOLDER}/old-1 && cd {FOLDER}/old-1
    for days in 1 179 191 400; do echo $days >"$(date -d "$days days ago" +%F).log"; done
    touch -d '2 days ago' *.log; systemctl start yiwang-keep-logs; for file in *; do zstd -qdc "$file"; done"""

    left = base.run("bash", "-c", script).stdout.split()

    assert sorted(left, key=int) == ["1", "179"]


def test_a_full_disk_costs_what_is_older_than_the_law_asks_and_is_told(platform: Bench) -> None:
    base = platform.node("base-1")
    script = f"""rm -rf {FOLDER}/old-2; mkdir -p {FOLDER}/old-2 && cd {FOLDER}/old-2
    for days in 20 185; do echo $days >"$(date -d "$days days ago" +%F).log"; done; touch -d '2 days ago' *.log
    /usr/local/lib/yiwang/keep-logs {FOLDER} 190 0; echo "code $?"; for file in *; do zstd -qdc "$file"; done"""

    done = base.run("bash", "-c", script)

    assert done.stdout.split("\n")[:2] == ["code 1", "20"]
    assert eventually(lambda: "the disk of the logs is" in read(platform, "base-1"), seconds=20)


def test_others_cannot_read_the_logs(platform: Bench) -> None:
    done = platform.node("base-1").run(
        *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "ls", FOLDER), check=False
    )

    assert done.returncode != 0


def test_a_certificate_that_runs_out_is_renewed_by_the_same_authority(platform: Bench) -> None:
    base, exchange = platform.node("base-1"), platform.node("exchange-1")
    home = "/etc/yiwang/log-server"
    base.run("sh", "-c", f"cd {home} && cp ca.pem /tmp/ca-before && sed -i 's/-days 800/-days 9/' make-certificate")
    base.run("sh", "-c", f"{home}/make-certificate")

    changes = platform.changes("base-1", "log-server")
    platform.apply("base-1", "log-server")

    assert "log-server: certificate of the log server" in changes
    assert platform.changes("base-1", "log-server") == []
    base.run("cmp", "/tmp/ca-before", f"{home}/ca.pem")
    exchange.run("logger", "-t", "trial", "after the renewal")
    assert eventually(lambda: "after the renewal" in read(platform, "exchange-1"), seconds=60)
