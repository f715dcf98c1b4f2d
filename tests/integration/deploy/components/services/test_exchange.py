"""``exchange``: a site's worker that takes its steps from a real broker, and may do nothing else on its node."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from yiwang.core.jobs.distributed.administration import Control, changes, password_path
from yiwang.core.jobs.distributed.topology import Topology, site_user
from yiwang.core.vault.secret import Secret
from yiwang.lab.fixtures import eventually
from yiwang.lab.machine import Machine

from .conftest import ROLES, Services
from .wheels import pack

pytestmark = pytest.mark.xdist_group("lab")

SITE = "410600"
PASSWORD = Secret("a-broker's-own-password")
WHEELS = "/srv/yiwang/wheels"
COMPONENTS = ("database", "exchange")
VALUES = {"exchange": {"wheels": WHEELS, "broker": {"url": "amqp://localhost:5672/yiwang"}}}
HIGHEST_EXPOSURE = 2.0
"""What `systemd-analyze security` may find at most, of ten."""


@pytest.fixture(scope="module")
def exchange(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """The front node with a broker beside it, and its worker."""
    node = services.bare("exchange-1", "rabbitmq-server")
    wheels = Path(f"{node.disk.root}{WHEELS}")
    wheels.mkdir(parents=True)
    pack(wheels, "yiwang", "distributed")
    program = tmp_path_factory.mktemp("broker") / "rabbitmqctl"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(node.command(["rabbitmqctl"]))} "$@"\n')
    program.chmod(0o700)
    control = Control(program)
    control.apply(changes(Topology((SITE,)), control.definitions(), lambda user: PASSWORD), "yiwang")
    services.bench.secrets[f"vault:{password_path(site_user(SITE))}"] = PASSWORD.reveal()
    services.bench.apply("exchange-1", *COMPONENTS, values=VALUES)
    return node


def test_the_worker_reads_the_queue_of_its_site(exchange: Machine) -> None:
    def readers() -> int:
        listed = exchange.run(
            "rabbitmqctl", "-q", "list_queues", "-p", "yiwang", "name", "consumers", "--formatter", "json"
        )
        return next(each["consumers"] for each in json.loads(listed.stdout) if each["name"] == f"yiwang.site.{SITE}")

    assert eventually(lambda: readers() > 0, seconds=30), exchange.run("journalctl", "-n", "20", "--no-pager").stdout


def test_the_workers_tables_are_its_own_and_reached_without_a_password(exchange: Machine) -> None:
    asked = ["psql", "-XAtq", "-h", "/run/postgresql", "-d", "yiwang", "-c", "SELECT count(*) > 5 FROM pg_tables"]

    own = exchange.run("runuser", "-u", "yiwang-worker", "--", *asked, "-U", "yiwang_worker", check=False)
    other = exchange.run("runuser", "-u", "nobody", "--", *asked, "-U", "yiwang_worker", check=False)

    assert own.stdout == "t\n", own.stderr
    assert "Peer authentication failed" in other.stderr


def test_the_worker_is_confined(exchange: Machine) -> None:
    unit = f"yiwang-worker@{SITE}.service"

    judged = exchange.run("systemd-analyze", "security", "--no-pager", unit).stdout.rstrip().rsplit("\n", 1)[-1]

    assert float(judged.split(": ")[1].split()[0]) <= HIGHEST_EXPOSURE, judged


def test_its_password_can_be_read_by_nobody_else(exchange: Machine) -> None:
    shown = exchange.run("stat", "-c", "%U %a", "/etc/yiwang/worker/broker-password").stdout
    found = exchange.run("sh", "-c", "ps -eo args; journalctl --no-pager").stdout

    assert shown == "yiwang-worker 400\n"
    assert PASSWORD.reveal() not in found


def test_a_second_check_of_the_worker_is_empty(services: Services, exchange: Machine) -> None:
    assert services.bench.changes("exchange-1", *COMPONENTS, values=VALUES) == []


def test_a_node_that_waits_for_its_wheels_has_its_database_already(services: Services) -> None:
    titles = services.bench.changes("exchange-1", *ROLES["exchange-1"])

    assert not [title for title in titles if title.startswith("exchange:")]


def test_wheels_from_a_page_must_be_known_by_their_digests(services: Services) -> None:
    values = {"exchange": {"wheels": "http://10.71.0.10/files/wheels/"}}

    with pytest.raises(Exception, match="--hash=sha256"):
        services.bench.specification("exchange-1", ("exchange",), values)
