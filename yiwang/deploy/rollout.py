"""From an approved plan to a run: each wave is applied, then its gates must pass, then the next may begin.

A wave of the plan becomes up to five waves of the run: *go* (the run pauses until a person resumes it),
*wait* (the pause after the wave before, allowed hours), *apply* (one step for each target; twice where some of
them lead) and *gate* (one step for each target).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from yiwang.core.i18n import _, language
from yiwang.core.jobs.model import Policy, RunPlan, Step, StepSpec
from yiwang.deploy.playbooks.result import component_of

if TYPE_CHECKING:
    from yiwang.deploy.plan import Plan, PlannedTarget
    from yiwang.deploy.wave import PlannedWave
    from yiwang.inventory.model import Rollout

KIND = "rollout"
GO = "deploy.go"
WAIT = "deploy.wait"
APPLY = "deploy.apply"
GATE = "deploy.gate"
CHECK = "deploy.check"
ROLLBACK = "deploy.rollback"
ROLLBACK_KIND = "rollback"
DRIFT_KIND = "drift"
ATTEMPTS = 2
"""A target that could not be reached is tried again once; what failed on it is not."""

WaySource = Callable[[str], Mapping[str, Any]]
"""The way to a target by its name, with references to secrets only."""

Look = Callable[[str], Mapping[str, Any]]
"""What a target is to be, as plain data, by its name."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds a rollout: the estate's policy and time zone, the ways, the site of each target."""

    policy: Rollout
    timezone: str
    way: WaySource
    site: Callable[[str], str] = lambda _name: ""


def rollout_of(plan: Plan, frame: Frame, *, requester: str) -> RunPlan:
    """The run that carries a plan out; targets on which nothing changes have no steps."""
    steps: list[StepSpec] = []
    strict: list[int] = []
    number = 0
    for index, wave in enumerate(plan.waves):
        for made in _phases(plan, frame, index, wave):
            steps += (replace(step, wave=number) for step in made)
            if made[0].kind in (GO, WAIT):
                strict.append(number)
            number += 1
    title = _("rollout of plan {plan}: {count} targets").format(plan=plan.id, count=len(plan.changing))
    return RunPlan(KIND, title, tuple(steps), _policy(frame.policy, tuple(strict)), requester)


def rollback_of(
    run: str, steps: Iterable[Step], frame: Frame, *, estate: str, requester: str, names: Collection[str] | None = None
) -> RunPlan:
    """The run that puts back what a rollout has begun to change, all targets or the named ones.

    What was changed last is put back first.
    """
    begun = [step for step in steps if step.kind == APPLY and step.attempt and (names is None or _name(step) in names)]
    last = max((step.wave for step in begun), default=0)
    specs = tuple(
        StepSpec(
            f"rollback-{_name(step)}",
            ROLLBACK,
            step.target,
            last - step.wave,
            {**_surroundings(frame, estate, _name(step)), "run": run, "cannot": _cannot(step)},
            step.site,
        )
        for step in begun
    )
    policy = Policy(window=frame.policy.parallel, max_attempts=ATTEMPTS, max_failed_percent=100)
    return RunPlan(ROLLBACK_KIND, _("rollback of {run}").format(run=run), _closed_up(specs), policy, requester)


def _cannot(step: Step) -> list[str]:
    """What Ansible has changed in a step, or may have changed before it was killed: nothing of it can be undone."""
    known = list((step.result or {}).get("by_ansible", ()))
    # Of an attempt that was killed, or that came before the last, nobody knows here what it changed.
    is_known = step.result is not None and step.attempt == 1
    return known if is_known else [*known, *(component_of(path) for path in step.payload.get("playbooks", ()))]


def _name(step: Step) -> str:
    return step.target.partition("/")[2]


def _closed_up(specs: tuple[StepSpec, ...]) -> tuple[StepSpec, ...]:
    """Waves numbered without gaps, in order."""
    numbers = {wave: number for number, wave in enumerate(sorted({spec.wave for spec in specs}))}
    return tuple(sorted((replace(spec, wave=numbers[spec.wave]) for spec in specs), key=lambda spec: spec.wave))


def drift_of(names: Iterable[str], look: Look, frame: Frame, *, estate: str, requester: str) -> RunPlan:
    """The run that looks whether targets are still as declared, and changes nothing."""
    specs = tuple(
        StepSpec(
            f"check-{name}",
            CHECK,
            f"node/{name}",
            payload={**_surroundings(frame, estate, name), "specification": dict(look(name))},
            site=frame.site(name),
        )
        for name in names
    )
    policy = Policy(window=frame.policy.parallel, max_attempts=ATTEMPTS, max_failed_percent=100)
    title = _("drift of {count} nodes").format(count=len(specs))
    return RunPlan(DRIFT_KIND, title, specs, policy, requester)


def _policy(policy: Rollout, strict: tuple[int, ...]) -> Policy:
    return Policy(
        window=policy.parallel,
        max_attempts=ATTEMPTS,
        max_failed=policy.max_failed,
        max_failed_percent=policy.max_failed_percent,
        strict_waves=strict,
    )


def _phases(plan: Plan, frame: Frame, index: int, wave: PlannedWave) -> Iterator[list[StepSpec]]:
    before = plan.waves[index - 1] if index else None
    if before and before.is_manual:
        yield [StepSpec(f"go-{index + 1}", GO, f"wave/{plan.id}/{index + 1}")]
    wait = _wait(plan, frame, index)
    if wait:
        yield [wait]
    for names in wave.rounds:
        yield [_apply(plan, frame, name) for name in names]
    yield [_gate(plan, frame, name) for name in wave.targets]


def _wait(plan: Plan, frame: Frame, index: int) -> StepSpec | None:
    payload: dict[str, Any] = {
        "hours": frame.policy.hours or "",
        "weekdays": list(frame.policy.weekdays),
        "timezone": frame.timezone,
        "pause_minutes": plan.waves[index - 1].pause_minutes if index else 0,
    }
    if not any(payload[key] for key in ("hours", "weekdays", "pause_minutes")):
        return None
    return StepSpec(f"wait-{index + 1}", WAIT, f"wave/{plan.id}/{index + 1}", payload=payload)


def _surroundings(frame: Frame, estate: str, name: str) -> dict[str, Any]:
    """What a step on a target needs beside what it is to do; ``language`` is that of whoever begins the run."""
    return {"estate": estate, "way": dict(frame.way(name)), "language": language()}


def _apply(plan: Plan, frame: Frame, name: str) -> StepSpec:
    target = plan.target(name)
    payload = {
        **_surroundings(frame, plan.estate, name),
        "plan": plan.id,
        "specification": dict(target.specification),
        "facts_digest": target.facts_digest,
        "changes": [change["digest"] for change in target.changes],
        "playbooks": list(_playbooks(target)),
    }
    return StepSpec(f"apply-{name}", APPLY, f"node/{name}", payload=payload, site=frame.site(name))


def _playbooks(target: PlannedTarget) -> Iterator[str]:
    """The playbooks that are to change something; what was not approved is not run."""
    for part in target.specification.get("playbooks", ()):
        component = component_of(part["component"])
        if any(change["component"] == component for change in target.changes):
            yield part["component"]


def _gate(plan: Plan, frame: Frame, name: str) -> StepSpec:
    payload = {
        **_surroundings(frame, plan.estate, name),
        "specification": dict(plan.target(name).specification),
        "gates": list(frame.policy.gates),
    }
    return StepSpec(f"gate-{name}", GATE, f"node/{name}", payload=payload, site=frame.site(name))
