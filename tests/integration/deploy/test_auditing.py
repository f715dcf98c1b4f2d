"""Audits of many hosts: what is kept of them, and what a host that cannot be reached does to the others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from yiwang.core.database.connection import Database
from yiwang.core.errors import UsageError
from yiwang.core.evidence import Evidence
from yiwang.core.journal import Journal
from yiwang.core.vault.secret import Secret
from yiwang.deploy.auditing import KIND, audit_hosts
from yiwang.deploy.engine.check import Tools
from yiwang.deploy.engine.fake import FakeNode, FakeNodes
from yiwang.deploy.host_audit import host_checks
from yiwang.deploy.registry import Components
from yiwang.deploy.service import Deployment
from yiwang.inventory.loading.load import load

PLATFORM = Path(__file__).parents[2] / "estates" / "platform"
KEY = "-----the key of all nodes-----"
COMMANDS = {check.id: check.command for check in host_checks()}


def deployment(database: Database, **nodes: FakeNode) -> Deployment:
    estate = load(PLATFORM).require()
    names = {name: nodes.get(name.replace("-", "_"), FakeNode(name)) for name in estate.nodes}
    return Deployment(estate, database, Tools(Components(), lambda _reference: Secret(KEY), FakeNodes(names)))


def test_every_host_is_judged_and_its_verdicts_are_evidence(database: Database) -> None:
    weak = FakeNode("web-1", answers={COMMANDS["one-root"]: "root\nbackdoor\n", COMMANDS["clock"]: f"{KEY}\xff\0\n"})

    reports = audit_hosts(deployment(database, web_1=weak), "name=web-1|desk-1", person="wang")

    assert [(each.host, each.verdict) for each in reports] == [("desk-1", "unknown"), ("web-1", "fail")]
    kept = {each.subject.name: each for each in Evidence(database).latest(kind=KIND)}
    assert kept["desk-1"].verdict == "unknown"
    found = {each["check"]: each for each in kept["web-1"].detail["findings"]}
    assert found["one-root"] == {
        "check": "one-root",
        "clause": "8.1.4.2 d",
        "verdict": "fail",
        "evidence": "root\nbackdoor",
    }
    assert found["clock"]["verdict"] == "fail"
    assert KEY not in found["clock"]["evidence"]
    (entry,) = Journal(database).entries()
    assert (entry.actor, entry.action, entry.subject) == ("wang", KIND, "platform")
    assert entry.detail == {"selector": "name=web-1|desk-1", "hosts": 2, "verdicts": {"fail": 1, "unknown": 1}}


def test_a_host_that_cannot_be_reached_is_told_and_leaves_the_others_alone(database: Database) -> None:
    told: list[tuple[str, int, int]] = []

    reports = audit_hosts(
        deployment(database, desk_1=FakeNode("desk-1", is_down=True)),
        "name=web-1|desk-1",
        person="wang",
        report=lambda report, done, total: told.append((report.host, done, total)),
    )

    down, up = reports
    assert (down.host, down.verdict, down.findings) == ("desk-1", "unknown", ())
    assert "desk-1" in down.problem
    assert up.findings
    assert sorted(name for name, _done, _total in told) == ["desk-1", "web-1"]
    assert [(done, total) for _name, done, total in told] == [(1, 2), (2, 2)]
    assert Evidence(database).latest(kind=KIND)[0].detail["problem"] == down.problem


@pytest.mark.parametrize(("declared", "level"), [(1, 2), (2, 2), (3, 3), (4, 3), (None, 3)])
def test_a_host_is_judged_by_its_own_level(database: Database, declared: int | None, level: int) -> None:
    made = deployment(database)
    node = made.estate.nodes["web-1"].model_copy(update={"mlps_level": declared})
    estate = replace(made.estate, nodes={**made.estate.nodes, "web-1": node})

    (report,) = audit_hosts(replace(made, estate=estate), "web-1", person="wang")

    assert report.level == level
    assert len(report.findings) == len(host_checks(report.level))
    assert {each.clause[0] for each in report.findings} == {"7" if level == 2 else "8"}


def test_a_selector_without_nodes_is_refused(database: Database) -> None:
    with pytest.raises(UsageError) as caught:
        audit_hosts(deployment(database), "role=nobody", person="wang")

    assert caught.value.error.id == "E2057"
    assert list(Journal(database).entries()) == []
