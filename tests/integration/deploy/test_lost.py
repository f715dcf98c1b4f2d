"""A node whose SSH server goes away in the midst of a change is gone on with by the run itself."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from pyinfra.operations import files, server

from yiwang.core.database.connection import Database, open_database
from yiwang.core.evidence import Evidence
from yiwang.core.jobs.controller import Controller
from yiwang.core.jobs.handlers import Handlers
from yiwang.core.jobs.local import LocalExecutor
from yiwang.core.jobs.model import Policy, Run, RunPlan, RunState, StepSpec
from yiwang.core.jobs.runs import Runs
from yiwang.core.validation import Declared
from yiwang.core.vault.secret import Secret
from yiwang.deploy import rollout, steps
from yiwang.deploy.component import Component
from yiwang.deploy.engine.apply import Planned
from yiwang.deploy.engine.check import Tools, check
from yiwang.deploy.engine.specification import Specification
from yiwang.deploy.memory import Memory, Remembered
from yiwang.deploy.registry import Components
from yiwang.deploy.way import endpoint_of
from yiwang.lab.lab import Lab
from yiwang.lab.machine import Machine

pytestmark = pytest.mark.xdist_group("lab")

# Every process of the SSH server is gone, as when a node loses its power; systemd starts it again.
CUT = "[ -e /etc/trial-cut ] || { touch /etc/trial-cut; pkill -9 sshd; sleep 2; }"


class NoValues(Declared):
    """A component without values."""


class Trial:
    """A run that changes one node."""

    def __init__(self, lab: Lab, node: Machine, folder: Path, cut: str) -> None:
        key = Secret(lab.folder.operator_key.read_text())
        component = Component("trial", "trial", NoValues, lambda spec, secrets: _deploy(cut))
        memory = Memory(folder / "memory")
        self.tools = Tools(Components(more={component: folder}), lambda reference: key, memory=memory)
        self.specification = Specification(node.host.name, (self.tools.components.part("trial", {}),))
        host = node.host
        self.way = {"name": host.name, "host": host.management, "port": 22, "user": host.user, "via": []}
        self.way |= {"host_keys": [host.host_key], "private_key": "vault:key", "password": ""}

    def run(self, database: Database, attempts: int = rollout.ATTEMPTS) -> Run:
        checked = check(endpoint_of(self.way, self.tools.secrets), self.specification, self.tools)
        self.tools.memory.keep(self.specification.target, Remembered(checked.facts))
        planned = Planned.of(checked)
        payload = {"estate": "", "way": self.way, "specification": self.specification.plain()}
        payload |= {"facts_digest": planned.facts_digest, "changes": sorted(planned.changes)}
        step = StepSpec("apply", rollout.APPLY, f"node/{self.specification.target}", payload=payload)
        run = Runs(database).create(RunPlan("trial", "trial", (step,), Policy(max_attempts=attempts, retry_seconds=1)))
        executor = LocalExecutor(Handlers(steps.handlers(lambda folder: self.tools)))
        done = Controller(database, executor).drive(run.id)
        executor.close()
        return done


def _deploy(cut: str) -> None:
    files.put(name="first", src=StringIO("1\n"), dest="/etc/trial-1")
    server.shell(name="cut", commands=cut)
    files.put(name="last", src=StringIO("2\n"), dest="/etc/trial-2")


@pytest.fixture
def clean_node(lab_node: Machine) -> Iterator[Machine]:
    yield lab_node
    lab_node.run("sh", "-c", "rm -rf /etc/trial* /var/lib/yiwang/rollback")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/trial.db")
    yield opened
    opened.close()


def test_a_change_whose_connection_was_lost_is_gone_on_with(
    lab_estate: Lab, clean_node: Machine, database: Database, tmp_path: Path
) -> None:
    trial = Trial(lab_estate, clean_node, tmp_path, CUT)

    run = trial.run(database)

    (step,) = Runs(database).steps(run.id)
    assert run.state is RunState.done, step.error
    assert step.attempt == 2
    assert [event.kind for event in Runs(database).events(run.id) if event.kind in ("retry", "done")] == [
        "retry",
        "done",
    ]
    assert clean_node.run("cat", "/etc/trial-1", "/etc/trial-2").stdout == "1\n2\n"
    first, second = sorted(Evidence(database).history(kind="apply"), key=lambda each: each.id)
    assert [each["state"] for each in first.detail["changes"]] == ["done", "failed", "not-run"]
    assert first.detail["failure"].startswith("E2006")
    assert [each["state"] for each in second.detail["changes"]] == ["done", "done"]


def test_a_change_is_tried_as_often_as_the_policy_says(
    lab_estate: Lab, clean_node: Machine, database: Database, tmp_path: Path
) -> None:
    trial = Trial(lab_estate, clean_node, tmp_path, CUT)

    run = trial.run(database, attempts=1)

    (step,) = Runs(database).steps(run.id)
    assert run.state is RunState.halted
    assert step.error.startswith("E2006")
    assert Runs(database).reopen(run.id).state is RunState.open
