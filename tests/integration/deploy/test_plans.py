"""Plans and approvals in both databases."""

from datetime import timedelta

import pytest

from yiwang.core.database.connection import Database
from yiwang.core.database.types import utc_now
from yiwang.core.errors import JobError, NotFoundError
from yiwang.core.journal import Journal
from yiwang.deploy.approval import Approvals
from yiwang.deploy.plan import Plan, PlannedTarget
from yiwang.deploy.plans import Plans, new_plan
from yiwang.deploy.wave import PlannedWave
from yiwang.inventory.model import Rollout

CHANGE = {
    "component": "baseline",
    "operation": "files.put",
    "title": "banner",
    "kind": "file",
    "path": "/etc/issue.net",
}


def made(*, facts: str = "f1", changes: tuple[dict[str, str], ...] = (CHANGE,)) -> Plan:
    target = PlannedTarget("desk-1", {"target": "desk-1", "parts": []}, facts, changes)
    silent = PlannedTarget("desk-2", {}, problem="E2020 no answer")
    waves = (PlannedWave("first", ("desk-1",), 5, is_manual=True, lead=("desk-1",)),)
    return new_plan(requester="wang", estate="hebi", selector="desk-*", targets=(target, silent), waves=waves)


def test_a_plan_is_found_as_it_was_kept(database: Database) -> None:
    plan = Plans(database).keep(made())

    found = Plans(database).find(plan.id[:-1])

    assert found == plan
    assert found.fingerprint == plan.fingerprint
    assert [each.name for each in found.problems] == ["desk-2"]
    assert [each.id for each in Plans(database).all()] == [plan.id]


def test_a_plan_that_is_not_there_is_said(database: Database) -> None:
    with pytest.raises(NotFoundError) as caught:
        Plans(database).find("p-none")

    assert caught.value.error.id == "E2051"


def test_the_fingerprint_changes_with_what_was_found_and_with_the_waves() -> None:
    plan = made()

    assert made().fingerprint == plan.fingerprint
    assert made(facts="f2").fingerprint != plan.fingerprint
    assert Plan(plan.id, plan.created, "li", "x", "y", plan.targets, ()).fingerprint != plan.fingerprint


def test_who_made_a_plan_cannot_approve_it(database: Database) -> None:
    plan = Plans(database).keep(made())

    with pytest.raises(JobError) as caught:
        Approvals(database).give(plan, "wang", Rollout())

    assert caught.value.error.id == "E2052"


def test_a_plan_needs_as_many_people_as_the_estate_asks_for(database: Database) -> None:
    plan, approvals, policy = Plans(database).keep(made()), Approvals(database), Rollout(approvals=2)
    approvals.give(plan, "li", policy)
    approvals.give(plan, "li", policy, note="again")

    with pytest.raises(JobError) as caught:
        approvals.require(plan, policy)
    approvals.give(plan, "zhao", policy)

    assert caught.value.error.id == "E2054"
    assert [each.approver for each in approvals.require(plan, policy)] == ["li", "zhao"]
    assert [entry.action for entry in Journal(database).entries()] == ["plan.approve"] * 3


def test_an_approval_ends_after_its_time(database: Database) -> None:
    plan, approvals = Plans(database).keep(made()), Approvals(database)
    given = approvals.give(plan, "li", Rollout(approval_hours=1))

    assert approvals.of(plan, at=utc_now() + timedelta(minutes=59))
    assert not approvals.of(plan, at=given.expires)


def test_an_approval_does_not_count_for_another_fingerprint(database: Database) -> None:
    plan, approvals = Plans(database).keep(made()), Approvals(database)
    approvals.give(plan, "li", Rollout())

    changed = Plan(
        plan.id, plan.created, plan.requester, plan.estate, plan.selector, made(facts="f2").targets, plan.waves
    )

    assert approvals.of(plan)
    assert not approvals.of(changed)


def test_where_no_approval_is_asked_for_anyone_may_apply(database: Database) -> None:
    plan = Plans(database).keep(made())

    assert Approvals(database).require(plan, Rollout(approvals=0)) == ()


def test_a_plan_that_changes_nothing_is_not_approved(database: Database) -> None:
    plan = Plans(database).keep(made(changes=()))

    with pytest.raises(JobError) as caught:
        Approvals(database).give(plan, "li", Rollout())

    assert caught.value.error.id == "E2053"
