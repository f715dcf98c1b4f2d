"""The broker is brought to what the topology says, and a second time there is nothing to do."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from typing import Any

import pytest

from tests.integration.core.jobs.distributed.conftest import SITES, Workers, login
from tooling.rabbitmq import Node
from yiwang.core.errors import JobError
from yiwang.core.jobs.distributed.administration import Control, changes
from yiwang.core.jobs.distributed.topology import CONTROLLER, Topology, site_user
from yiwang.core.vault.secret import Secret

NEW = "410701"


def _called(workers: Workers, *arguments: str, sites: tuple[str, ...] = SITES) -> subprocess.CompletedProcess[str]:
    file = workers.configuration(CONTROLLER, "city", broker={"control": str(workers.node.control)})
    named = [word for site in sites for word in ("--site", site)]
    command = workers.command("--config", file, "broker", *arguments, *named)
    return subprocess.run(command, capture_output=True, text=True, check=False, env=workers.environment, timeout=120)


def _items(answer: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert answer.returncode == 0, answer.stderr
    found: list[dict[str, Any]] = json.loads(answer.stdout)["items"]
    return found


def test_a_new_site_is_added_once_and_removed_only_when_asked(workers: Workers) -> None:
    added = _items(_called(workers, "apply", "-o", "json", sites=(*SITES, NEW)))
    again = _called(workers, "plan", "--detailed-exitcode", sites=(*SITES, NEW))
    kept = _items(_called(workers, "apply", "-o", "json"))
    removed = _items(_called(workers, "apply", "--prune", "-o", "json"))
    last = _called(workers, "plan", "--detailed-exitcode")

    assert sorted((each["action"], each["kind"]) for each in added) == [
        ("add", "bindings"),
        ("add", "bindings"),
        ("add", "permissions"),
        ("add", "queues"),
        ("add", "queues"),
        ("add", "users"),
    ]
    assert (again.returncode, again.stderr) == (0, "the broker has all that it needs\n")
    assert kept == []
    assert [(each["action"], each["name"]) for each in removed] == [
        ("remove", f"site-{NEW}"),
        ("remove", f"yiwang.site.{NEW}"),
        ("remove", f"yiwang.stop.{NEW}"),
    ]
    assert last.returncode == 0


def test_a_plan_changes_nothing_and_says_by_its_exit_code_that_something_is_to_do(workers: Workers) -> None:
    first = _called(workers, "plan", "--detailed-exitcode", sites=(*SITES, NEW))
    second = _called(workers, "plan", "--detailed-exitcode", sites=(*SITES, NEW))

    assert first.returncode == second.returncode == 2
    assert first.stdout == second.stdout


def test_the_status_shows_who_waits_and_who_works(workers: Workers, site: str, other_site: str) -> None:
    workers.start(site)

    rows = _items(_called(workers, "status", "-o", "json", sites=(site, other_site, "999999")))

    assert [(row["site"], row["workers"]) for row in rows] == [(site, 1), (other_site, 0), ("999999", None), ("", 0)]


def test_a_login_with_a_password_needs_no_certificate(node: Node, site: str) -> None:
    secret = Secret("p-4711-密码")
    topology, control = Topology(SITES), Control(node.control)

    def password(user: str) -> Secret | None:
        return secret if user == site_user(site) else None

    control.apply(changes(topology, control.definitions(), password), topology.vhost)
    broker = login(node, site_user(site))
    assert broker.tls is not None
    bare = replace(broker, tls=replace(broker.tls, certificate=None, key=None))
    replace(bare, password=secret).require()

    assert changes(topology, control.definitions(), password) == ()
    with pytest.raises(JobError, match="E0534"):
        replace(bare, password=Secret("another")).require()


def test_a_queue_with_other_properties_is_told_before_anything_is_changed(node: Node) -> None:
    control = Control(node.control)
    topology = replace(Topology((*SITES, NEW)))
    shape = {"vhost": "yiwang", "durable": True, "auto_delete": False, "arguments": {"x-queue-type": "classic"}}
    node.call("import_definitions", input=json.dumps({"queues": [{"name": f"yiwang.site.{NEW}", **shape}]}))

    with pytest.raises(JobError) as caught:
        control.apply(changes(topology, control.definitions()), topology.vhost)

    assert caught.value.error.id == "E0537"
    assert site_user(NEW) not in node.call("list_users")
    node.call("delete_queue", "-p", "yiwang", f"yiwang.site.{NEW}")


def test_a_program_that_fails_is_told(workers: Workers) -> None:
    file = workers.configuration(CONTROLLER, "city", broker={"control": "/bin/false"})

    answer = subprocess.run(
        workers.command("--config", file, "broker", "plan", "--site", "1"),
        capture_output=True,
        text=True,
        check=False,
        env=workers.environment,
        timeout=60,
    )

    assert answer.returncode == 1
    assert "E0536" in answer.stderr


def test_a_worker_without_a_queue_says_what_is_missing(workers: Workers, node: Node) -> None:
    file = workers.configuration(site_user(SITES[0]), "worker")

    answer = subprocess.run(
        workers.command("--config", file, "worker", "--site", "999998"),
        capture_output=True,
        text=True,
        check=False,
        env=workers.environment,
        timeout=60,
    )

    # Its certificate is another site's, so it does not even get in.
    assert answer.returncode == 1
    assert "E0534" in answer.stderr or "E0533" in answer.stderr
    assert "Traceback" not in answer.stderr
