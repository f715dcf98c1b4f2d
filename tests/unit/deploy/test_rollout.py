"""From a plan to the waves and steps of a run."""

from datetime import UTC, datetime
from typing import Any

from yiwang.core.jobs.model import RunPlan, StepSpec
from yiwang.deploy.plan import Plan, PlannedTarget
from yiwang.deploy.rollout import APPLY, GATE, GO, WAIT, Frame, rollout_of
from yiwang.deploy.wave import PlannedWave
from yiwang.inventory.model import Rollout


def target(name: str) -> PlannedTarget:
    change = {"digest": f"d-{name}", "title": "banner"}
    return PlannedTarget(name, {"target": name, "parts": []}, "facts", (change,))


def rolled_out(*waves: PlannedWave, **policy: Any) -> RunPlan:
    targets = tuple(target(name) for wave in waves for name in wave.targets)
    plan = Plan("p1", datetime(2026, 1, 1, tzinfo=UTC), "wang", "/estate", "", targets, waves)
    frame = Frame(Rollout(**policy), "Asia/Shanghai", lambda name: {"name": name}, lambda _name: "410621")
    return rollout_of(plan, frame, requester="wang")


def by_wave(plan: RunPlan) -> list[list[StepSpec]]:
    count = max(step.wave for step in plan.steps) + 1
    return [[step for step in plan.steps if step.wave == number] for number in range(count)]


def test_each_wave_is_applied_before_its_gates_and_these_before_the_next() -> None:
    waves = by_wave(rolled_out(PlannedWave("one", ("a", "b")), PlannedWave("two", ("c",))))

    assert [[(step.kind, step.target) for step in wave] for wave in waves] == [
        [(APPLY, "node/a"), (APPLY, "node/b")],
        [(GATE, "node/a"), (GATE, "node/b")],
        [(APPLY, "node/c")],
        [(GATE, "node/c")],
    ]


def test_who_leads_a_wave_is_applied_first_and_judged_with_the_others() -> None:
    waves = by_wave(rolled_out(PlannedWave("one", ("a", "b", "c"), lead=("b",))))

    assert [[(step.kind, step.target) for step in wave] for wave in waves] == [
        [(APPLY, "node/b")],
        [(APPLY, "node/a"), (APPLY, "node/c")],
        [(GATE, "node/a"), (GATE, "node/b"), (GATE, "node/c")],
    ]


def test_a_pause_and_a_person_come_between_waves_and_may_not_fail() -> None:
    plan = rolled_out(PlannedWave("one", ("a",), 5, is_manual=True), PlannedWave("two", ("b",)), max_failed=3)

    kinds = [wave[0].kind for wave in by_wave(plan)]
    assert kinds == [APPLY, GATE, GO, WAIT, APPLY, GATE]
    assert plan.policy.strict_waves == (2, 3)
    assert plan.policy.max_failed == 3


def test_allowed_hours_are_waited_for_before_every_wave() -> None:
    plan = rolled_out(PlannedWave("one", ("a",)), PlannedWave("two", ("b",)), hours="22:00-06:00", weekdays=(6, 7))

    waits = [step for step in plan.steps if step.kind == WAIT]
    assert [step.payload["hours"] for step in waits] == ["22:00-06:00"] * 2
    assert waits[0].payload["weekdays"] == [6, 7]


def test_a_step_carries_all_that_it_needs_and_its_site() -> None:
    (apply, _gate) = rolled_out(PlannedWave("one", ("a",))).steps

    assert apply.site == "410621"
    assert apply.payload["changes"] == ["d-a"]
    assert apply.payload["facts_digest"] == "facts"
    assert apply.payload["way"] == {"name": "a"}
