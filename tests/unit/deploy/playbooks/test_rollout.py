"""Playbooks in plans and runs: what is approved, what is run, what a rollback says."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from yiwang.core.jobs.model import Step, StepState
from yiwang.deploy.design import Design
from yiwang.deploy.engine.specification import Part, Specification
from yiwang.deploy.plan import Plan, PlannedTarget
from yiwang.deploy.playbooks.inventory import WAY, inventory
from yiwang.deploy.rollout import Frame, rollback_of, rollout_of
from yiwang.deploy.wave import PlannedWave
from yiwang.inventory.model import Rollout

DESIGN = Design(
    Specification("a", (Part("notice", {}),)),
    (Part("playbooks/one.yml", {"vars": {}, "groups": ["web"]}, "c1"), Part("playbooks/two.yml", {}, "c2")),
)
FRAME = Frame(Rollout(), "Asia/Shanghai", lambda name: {"name": name})


def plan(*changes: tuple[str, str], design: Design = DESIGN) -> Plan:
    found = tuple({"component": component, "digest": digest} for component, digest in changes)
    target = PlannedTarget("a", design.plain(), "facts", found)
    return Plan("p1", datetime(2026, 1, 1, tzinfo=UTC), "wang", "/estate", "", (target,), (PlannedWave("", ("a",)),))


def applied(*changes: tuple[str, str]) -> Any:
    return rollout_of(plan(*changes), FRAME, requester="wang").steps[0]


def cannot(result: dict[str, Any] | None, *, attempt: int = 1) -> Any:
    spec = applied(("playbook playbooks/one.yml", "d1"))
    state = StepState.done if result else StepState.running
    step = Step("s1", spec.kind, spec.target, 0, payload=spec.payload, state=state, attempt=attempt, result=result)
    return rollback_of("r1", [step], FRAME, estate="/estate", requester="wang").steps[0].payload["cannot"]


def test_a_design_is_the_same_after_it_was_stored() -> None:
    assert Design.from_plain(DESIGN.plain()) == DESIGN
    assert "playbooks" not in replace(DESIGN, playbooks=()).plain()


def test_an_approval_is_for_what_ansible_found_and_for_the_files_of_the_playbook() -> None:
    other = replace(DESIGN, playbooks=(replace(DESIGN.playbooks[0], code="c3"), DESIGN.playbooks[1]))

    first = plan(("playbook playbooks/one.yml", "d1")).fingerprint

    assert plan(("playbook playbooks/one.yml", "d1")).fingerprint == first
    assert plan(("playbook playbooks/one.yml", "d2")).fingerprint != first
    assert plan(("playbook playbooks/one.yml", "d1"), design=other).fingerprint != first


def test_only_playbooks_that_are_to_change_something_are_run() -> None:
    assert applied(("playbook playbooks/two.yml", "d")).payload["playbooks"] == ["playbooks/two.yml"]
    assert applied(("notice", "d")).payload["playbooks"] == []


def test_a_rollback_names_what_ansible_changed_and_the_playbook_where_nobody_can_know() -> None:
    assert cannot({"by_ansible": ["playbook playbooks/one.yml: greeting"]}) == ["playbook playbooks/one.yml: greeting"]
    assert cannot(None) == ["playbook playbooks/one.yml"]
    assert cannot({"by_ansible": []}, attempt=2) == ["playbook playbooks/one.yml"]


def test_the_inventory_is_one_node_in_its_groups() -> None:
    made = inventory("a", {"vars": {"x": 1}, "groups": ["web"]}, WAY)

    assert made["all"]["hosts"] == {"a": {"x": 1, "ansible_connection": "yiwang_node"}}
    assert made["all"]["children"] == {"web": {"hosts": {"a": {}}}}
