"""How an estate stands, from evidence, plans and runs in both databases."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from yiwang.core import journal
from yiwang.core.database.connection import Database
from yiwang.core.database.types import utc_now
from yiwang.core.evidence import Evidence, Observation, Subject, Verdict
from yiwang.core.jobs.model import RunPlan, StepSpec, Wanted
from yiwang.core.jobs.runs import Runs
from yiwang.deploy.approval import Approvals
from yiwang.deploy.plan import Plan, PlannedTarget
from yiwang.deploy.plans import Plans, new_plan
from yiwang.deploy.status.overview import Overview, overview
from yiwang.deploy.wave import PlannedWave
from yiwang.inventory.estate import Estate
from yiwang.inventory.loading.load import load

CHANGE = {"component": "baseline", "digest": "d", "title": "banner"}


@pytest.fixture(scope="module")
def estate() -> Estate:
    return load(Path(__file__).parents[3] / "examples/hebi").require()


def look(estate: Estate, database: Database) -> Overview:
    return overview(estate, database, utc_now())


def plan_of(estate: Estate, selector: str, *, command: str = "") -> Plan:
    specification = {"command": command} if command else {"parts": []}
    targets = (PlannedTarget("exchange-410621-1", specification, "f", (CHANGE,)),)
    waves = () if command else (PlannedWave("all", ("exchange-410621-1",)),)
    folder = str(estate.folder.absolute())
    return new_plan(requester="wang", estate=folder, selector=selector, targets=targets, waves=waves)


def seen(name: str, kind: str, verdict: Verdict, gate: str = "") -> Observation:
    return Observation(Subject("node", name), kind, verdict, {"gate": gate, "seen": ""}, "rollout-1")


def test_nodes_are_counted_by_what_is_wrong_with_them(estate: Estate, database: Database) -> None:
    now = utc_now()
    gates = [seen("exchange-410622-1", "gate.service", verdict, verdict) for verdict in ("fail", "pass")]
    Evidence(database).record(
        [
            seen("exchange-410621-1", "apply", "pass"),
            seen("exchange-410622-1", "apply", "pass"),
            *(replace(each, time=now) for each in gates),
            seen("not-declared", "apply", "fail"),
        ]
    )

    found = look(estate, database)

    assert [each.name for each in found.good] == ["exchange-410621-1"]
    assert [each.name for each in found.by_state["closed"]] == ["exchange-410622-1"]
    assert len(found.by_state["never"]) == len(estate.nodes) - 2
    assert found.needs_somebody


def test_plans_wait_until_they_are_approved_and_carried_out_or_overtaken(estate: Estate, database: Database) -> None:
    plans, approvals = Plans(database), Approvals(database)
    plans.keep(replace(plan_of(estate, "a"), created=utc_now() - timedelta(hours=1)))
    newer, other = plans.keep(plan_of(estate, "a")), plans.keep(plan_of(estate, "b"))
    plans.keep(replace(plan_of(estate, "c"), created=utc_now() - timedelta(days=30)))
    approvals.give(other, "li", estate.rollout)

    found = {each.id: (each.given, each.needed, each.is_approved) for each in look(estate, database).plans}

    assert found == {newer.id: (0, 1, False), other.id: (1, 1, True)}


def test_a_request_for_a_command_waits_until_it_is_run(estate: Estate, database: Database) -> None:
    request = Plans(database).keep(plan_of(estate, "a", command="uptime"))
    before = look(estate, database).plans
    with database.writing() as connection:
        journal.append(connection, "wang", "command.run", "c1", {"request": request.id})

    after = look(estate, database).plans

    assert [(each.id, each.command, each.nodes) for each in before] == [(request.id, "uptime", 1)]
    assert after == ()


def test_runs_that_are_not_over_are_told_with_who_carries_them_out(estate: Estate, database: Database) -> None:
    runs = Runs(database)
    kept = runs.create(RunPlan("test", "t", (StepSpec("1", "k", "a"),)))
    over = runs.create(RunPlan("test", "t", (StepSpec("1", "k", "b"),)))
    runs.want(over.id, Wanted.pause)

    found = {each.run.id: each.holder for each in look(estate, database).runs}

    assert found == {kept.id: "", over.id: ""}
