"""``exchange``: a site's worker that takes its steps from a real broker, and may do nothing else on its node."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.core.jobs.distributed.conftest import drive
from tooling.rabbitmq import SERVER_NAME, Authority
from yiwang.core.database.connection import Database, open_database
from yiwang.core.evidence import Evidence, Subject
from yiwang.core.jobs.controller import Controller
from yiwang.core.jobs.distributed.administration import Control, changes
from yiwang.core.jobs.distributed.broker import broker_of
from yiwang.core.jobs.distributed.executor import DistributedExecutor
from yiwang.core.jobs.distributed.topology import CONTROLLER, Topology, site_user
from yiwang.core.jobs.handlers import Handlers
from yiwang.core.jobs.local import LocalExecutor
from yiwang.core.jobs.model import RunPlan
from yiwang.core.jobs.runs import Runs
from yiwang.core.settings import BrokerSettings
from yiwang.core.vault.keys import Keys, new_key
from yiwang.core.vault.opening import no_vault
from yiwang.core.vault.secret import Secret
from yiwang.core.vault.store import Vault
from yiwang.deploy.plan import PlannedTarget
from yiwang.deploy.plans import new_plan
from yiwang.deploy.rollout import Frame, rollout_of
from yiwang.deploy.wave import PlannedWave
from yiwang.inventory.model import Rollout
from yiwang.lab.fixtures import eventually
from yiwang.lab.machine import Machine

from .conftest import ROLES, Services
from .wheels import pack

pytestmark = pytest.mark.xdist_group("lab")

SITE = "410621"
WHEELS = "/srv/yiwang/wheels"
COMPONENTS = ("database", "exchange")
ADDRESS = "59.252.0.2"
VALUES: dict[str, dict[str, Any]] = {
    "exchange": {
        "site": SITE,
        "wheels": WHEELS,
        "vault_key": f"vault:keys/{SITE}",
        "broker": {
            "url": f"amqps://{ADDRESS}:5671/yiwang",
            "server_hostname": SERVER_NAME,
            "authority": "vault:broker/authority",
            "certificate": "vault:broker/certificate",
            "private_key": "vault:broker/private-key",
        },
    }
}
HIGHEST_EXPOSURE = 2.0
"""What `systemd-analyze security` may find at most, of ten."""
CONFIGURATION = """\
listeners.tcp = none
listeners.ssl.default = 5671
ssl_options.cacertfile = /etc/rabbitmq/ca.pem
ssl_options.certfile = /etc/rabbitmq/broker.pem
ssl_options.keyfile = /etc/rabbitmq/broker.key
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = true
ssl_cert_login_from = common_name
auth_mechanisms.1 = EXTERNAL
heartbeat = 10
consumer_timeout = 14400000
max_message_size = 4194304
"""
"""As the how-to says."""


@dataclass(frozen=True)
class Front:
    """The front node with its worker, the key of its county's vault, and the city's login at the broker."""

    node: Machine
    key: Secret
    city: BrokerSettings


def put(node: Machine, path: str, content: bytes, *, owner: str) -> None:
    """A file that only its owner reads."""
    file = Path(f"{node.disk.root}{path}")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    node.run("sh", "-c", f"chown {owner} {path} && chmod 400 {path}")


def start_broker(node: Machine, authority: Authority, folder: Path) -> None:
    """RabbitMQ as the how-to says, with the logins and queues of the site."""
    certificate, key = authority.issue(SERVER_NAME, "broker")
    for name, content in (("ca.pem", authority.file), ("broker.pem", certificate), ("broker.key", key)):
        put(node, f"/etc/rabbitmq/{name}", content.read_bytes(), owner="rabbitmq")
    put(node, "/etc/rabbitmq/rabbitmq.conf", CONFIGURATION.encode(), owner="rabbitmq")
    node.run("rabbitmq-plugins", "enable", "--offline", "rabbitmq_auth_mechanism_ssl")
    node.run("systemctl", "restart", "rabbitmq-server")
    node.run("rabbitmqctl", "-q", "delete_user", "guest")
    program = folder / "rabbitmqctl"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(node.command(["rabbitmqctl"]))} "$@"\n')
    program.chmod(0o700)
    control = Control(program)
    control.apply(changes(Topology((SITE,)), control.definitions()), "yiwang")


@pytest.fixture(scope="module")
def front(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Front:
    """The front node with a broker beside it, and its worker."""
    folder = tmp_path_factory.mktemp("broker")
    node = services.bare("exchange-1", "rabbitmq-server")
    wheels = Path(f"{node.disk.root}{WHEELS}")
    wheels.mkdir(parents=True)
    pack(wheels, "yiwang", "distributed")
    authority = Authority(folder)
    start_broker(node, authority, folder)
    new_key(folder / "key")
    (certificate, private), (citys, citys_key) = authority.issue(site_user(SITE)), authority.issue(CONTROLLER)
    key = Secret((folder / "key").read_text().strip())
    services.bench.secrets[f"vault:keys/{SITE}"] = key.reveal()
    services.bench.secrets["vault:broker/authority"] = authority.file.read_text()
    services.bench.secrets["vault:broker/certificate"] = certificate.read_text()
    services.bench.secrets["vault:broker/private-key"] = private.read_text()
    services.bench.apply("exchange-1", *COMPONENTS, values=VALUES)
    url, name = VALUES["exchange"]["broker"]["url"], SERVER_NAME
    city = BrokerSettings(url=url, server_hostname=name, ca=authority.file, certificate=citys, key=citys_key)
    return Front(node, key, city)


@pytest.fixture(scope="module")
def exchange(front: Front) -> Machine:
    """The front node."""
    return front.node


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


def test_its_keys_can_be_read_by_nobody_else(front: Front, exchange: Machine) -> None:
    files = ("vault.key", "broker.key", "broker.pem")
    shown = exchange.run("stat", "-c", "%U %a", *(f"/etc/yiwang/worker/{file}" for file in files)).stdout
    found = exchange.run("sh", "-c", "ps -eo args; journalctl --no-pager").stdout

    assert shown == "yiwang-worker 400\n" * len(files)
    assert front.key.reveal() not in found


def give_secret(front: Front, path: str, secret: Secret, folder: Path) -> None:
    """Lay a secret into the county's vault at its front node."""
    keys = Keys({})
    keys.give(SITE, front.key)
    folder.mkdir()
    (folder / "ids.yaml").write_text(f'prefixes: {{"counties/{SITE}": "{SITE}"}}\n')
    Vault(folder, keys).set(path, secret)
    for file in folder.rglob("*"):
        if file.is_file():
            place = f"/var/lib/yiwang-worker/vault/{file.relative_to(folder)}"
            put(front.node, place, file.read_bytes(), owner="yiwang-worker")
    front.node.run("chown", "-R", "yiwang-worker", "/var/lib/yiwang-worker/vault")


@pytest.fixture
def way(services: Services, front: Front, tmp_path: Path) -> dict[str, Any]:
    """The way to app-1, whose key is the county's."""
    reference = f"counties/{SITE}/nodes/key"
    give_secret(front, reference, Secret(services.bench.lab.folder.operator_key.read_text()), tmp_path / "vault")
    # What its baseline would have done.
    services.bench.node("app-1").run("apt-get", "update", "-q")
    host = services.bench.node("app-1").host
    account = {"user": host.user, "host_keys": [host.host_key], "private_key": f"vault:{reference}", "password": ""}
    return {"name": "app-1", "host": host.addresses[0], "port": 22, "via": [], **account}


def rollout(services: Services, way: dict[str, Any], *components: str) -> RunPlan:
    """A rollout of components to app-1, by the county's worker."""
    checked = services.bench.check("app-1", *components)
    specification = services.bench.specification("app-1", components).plain()
    found = tuple({"digest": change.digest, **change.plain()} for change in checked.changes)
    target = PlannedTarget("app-1", specification, checked.facts_digest, found)
    waves = (PlannedWave("all", ("app-1",)),)
    plan = new_plan(requester="test", estate="/nowhere", selector="", targets=(target,), waves=waves)
    frame = Frame(Rollout(), "Asia/Shanghai", lambda _name: way, lambda _name: SITE)
    return rollout_of(plan, frame, requester="test")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """The city's own."""
    made = open_database(f"sqlite:///{tmp_path}/yiwang.db")
    yield made
    made.close()


@pytest.fixture
def controller(services: Services, front: Front, database: Database) -> Iterator[Controller]:
    """The city, which carries out nothing itself."""
    with services.bench.lab.network():
        broker = broker_of(front.city, CONTROLLER, no_vault)
        executor = DistributedExecutor(broker, LocalExecutor(Handlers([]), threads=1), lease_seconds=20)
        try:
            yield Controller(database, executor, lease_seconds=20)
        finally:
            executor.close()


def test_the_confined_worker_changes_a_node_with_the_countys_key(
    services: Services, exchange: Machine, way: dict[str, Any], controller: Controller, database: Database
) -> None:
    run = Runs(database).create(rollout(services, way, "node-exporter"))

    drive(controller, run, until=lambda: False, seconds=300)

    steps, events = Runs(database).steps(run.id), Runs(database).events(run.id)
    found = {each.kind: each.verdict for each in Evidence(database).latest(Subject("node", "app-1"))}
    assert {step.state.value for step in steps} == {"done"}, [step.error for step in steps]
    assert found == {"apply": "pass", "gate.ssh": "pass", "gate.http": "pass"}
    assert f"vault.get {way['private_key']}" in [event.text for event in events if event.kind == "log"]
    assert services.bench.node("app-1").run("systemctl", "is-active", "prometheus-node-exporter").stdout == "active\n"
    assert exchange.run("systemctl", "show", "-P", "NRestarts", f"yiwang-worker@{SITE}").stdout == "0\n"


def test_a_second_check_of_the_worker_is_empty(services: Services, exchange: Machine) -> None:
    assert services.bench.changes("exchange-1", *COMPONENTS, values=VALUES) == []


def test_a_node_that_waits_for_its_wheels_has_its_database_already(services: Services) -> None:
    titles = services.bench.changes("exchange-1", *ROLES["exchange-1"])

    assert not [title for title in titles if title.startswith("exchange:")]


def test_wheels_from_a_page_must_be_known_by_their_digests(services: Services) -> None:
    values = {"exchange": {"wheels": "http://10.71.0.10/files/wheels/"}}

    with pytest.raises(Exception, match="--hash=sha256"):
        services.bench.specification("exchange-1", ("exchange",), values)
