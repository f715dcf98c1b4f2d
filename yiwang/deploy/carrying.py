"""Carrying out the steps of a rollout on nodes, and telling what was seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from yiwang.core.errors import YiwangError
from yiwang.core.evidence import Observation, Subject, Verdict
from yiwang.core.i18n import _
from yiwang.core.jobs.handlers import StepContext, StepFailedError
from yiwang.core.jobs.observed import told
from yiwang.deploy.component import Gate
from yiwang.deploy.design import Design
from yiwang.deploy.engine.apply import Applied, Order, Planned, apply
from yiwang.deploy.engine.change import Change
from yiwang.deploy.engine.check import Tools, check
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.faults import BUSY, DeployError, ReachError
from yiwang.deploy.engine.progress import Progress, Report
from yiwang.deploy.engine.reaching import reach
from yiwang.deploy.engine.rollback import NOTHING_KEPT, RolledBack, rollback
from yiwang.deploy.engine.specification import Specification
from yiwang.deploy.gates.gate import Judged, judge
from yiwang.deploy.gates.probes import PROBES
from yiwang.deploy.memory import Remembered
from yiwang.deploy.playbooks.player import Ear
from yiwang.deploy.playbooks.playing import Played, look_at_playbooks, run_playbooks
from yiwang.deploy.way import endpoint_of

SHOWN_LINES = 8
"""Of what a failed command said, so many lines stand in the step's error; all of them in its log."""


def apply_target(context: StepContext, tools: Tools) -> Mapping[str, Any]:
    """Make a target what the plan says."""
    payload = context.payload
    design = Design.from_plain(payload["specification"])
    try:
        endpoint = endpoint_of(payload["way"], tools.secrets)
        planned = Planned(payload["facts_digest"], frozenset(payload["changes"]))
        order = Order(context.assignment.run_id, planned)
        known = tools.memory.of(endpoint.name)
        applied = apply(endpoint, design.specification, tools, order, facts=known.facts, report=_reporter(context))
    except ReachError as error:
        raise _failed(context, "apply", str(error), may_retry=True) from error
    except YiwangError as error:
        # Who waits for another change has changed nothing yet.
        raise _failed(context, "apply", str(error), may_retry=error.error is BUSY) from error
    if not known.facts.commands:
        tools.memory.keep(endpoint.name, Remembered(applied.facts))
    named = payload.get("playbooks", ())
    playbooks = [part for part in design.playbooks if part.component in named] if applied.is_done else []
    played = run_playbooks(endpoint, playbooks, tools, ear=_ear(context))
    return _told(context, applied, played)


def _ear(context: StepContext) -> Ear:
    return Ear(context.log, context.is_cancelled)


def ask_gates(context: StepContext, tools: Tools) -> Mapping[str, Any]:
    """Ask every gate of a target's components, and that a fresh login works."""
    payload = context.payload
    specification = Specification.from_plain(payload["specification"])
    gates = _gates(specification, tools, payload["gates"])
    try:
        endpoint = endpoint_of(payload["way"], tools.secrets)
        judged = reach(
            endpoint, tools.connect, lambda node: judge(gates, node, PROBES, is_cancelled=context.is_cancelled)
        )
    except ReachError as error:
        raise _failed(context, "gate.ssh", str(error), may_retry=True, verdict="unknown") from error
    except YiwangError as error:
        raise _failed(context, "gate.ssh", str(error), may_retry=False, verdict="unknown") from error
    context.check_cancelled()
    return _judged(context, judged)


def look_for_drift(context: StepContext, tools: Tools) -> Mapping[str, Any]:
    """Whether a target is still as declared; that it is not is evidence, not a failure of the step."""
    payload = context.payload
    design = Design.from_plain(payload["specification"])
    try:
        endpoint = endpoint_of(payload["way"], tools.secrets)
        known = tools.memory.of(endpoint.name)
        found = check(endpoint, design.specification, tools, facts=known.facts, clean=known.clean).changes
        found += look_at_playbooks(endpoint, design.playbooks, tools, has_changed=bool(found), ear=_ear(context))
    except ReachError as error:
        raise _failed(context, "drift", str(error), may_retry=True, verdict="unknown") from error
    except YiwangError as error:
        raise _failed(context, "drift", str(error), may_retry=False, verdict="unknown") from error
    for change in found:
        context.log(f"~ {change.component} {change.title}: {change.path}")
    detail = {"changes": [_brief(change) for change in found]}
    verdict: Verdict = "fail" if found else "pass"
    return {"changes": len(found), **told([_observation(context, "drift", verdict, detail)])}


def put_back(context: StepContext, tools: Tools) -> Mapping[str, Any]:
    """Put a target back to what it was before a run."""
    payload = context.payload
    try:
        done = _rolled_back(endpoint_of(payload["way"], tools.secrets), payload, tools)
    except ReachError as error:
        raise _failed(context, "rollback", str(error), may_retry=True) from error
    except YiwangError as error:
        raise _failed(context, "rollback", str(error), may_retry=False) from error
    for name in done.restored:
        context.log(_("put back: {name}").format(name=name))
    for name in done.cannot:
        context.log(_("cannot be undone: {name}").format(name=name))
    detail = {"run": payload["run"], "restored": list(done.restored), "cannot": list(done.cannot)}
    return {**detail, **told([_observation(context, "rollback", "pass", detail)])}


def _rolled_back(endpoint: Endpoint, payload: Mapping[str, Any], tools: Tools) -> RolledBack:
    """What was put back; what Ansible has changed is named, for it keeps nothing to put back."""
    by_ansible = tuple(payload.get("cannot", ()))
    try:
        done = rollback(endpoint, payload["run"], tools)
    except DeployError as error:
        if error.error is not NOTHING_KEPT or not by_ansible:
            raise
        done = RolledBack((), (), 0)
    return replace(done, cannot=(*done.cannot, *by_ansible))


def _gates(specification: Specification, tools: Tools, more: Iterable[str]) -> tuple[Gate, ...]:
    found = [Gate("ssh"), *(Gate(name) for name in more)]
    for part in specification.parts:
        component, spec = tools.components.spec(part, target=specification.target)
        found += component.gates(spec)
    return tuple(found)


def _told(context: StepContext, applied: Applied, played: Played) -> Mapping[str, Any]:
    changes, failure = (*applied.changes, *played.changes), applied.failure or played.failure
    tail = played.tail or applied.tail
    detail = {
        "changes": [_brief(change) for change in changes],
        "seconds": round(applied.seconds, 3),
        "failure": str(failure or ""),
        "tail": list(tail),
        **({"tasks": list(played.tasks)} if played.tasks else {}),
    }
    evidence = told([_observation(context, "apply", "fail" if failure else "pass", detail)])
    result = {"by_ansible": [_named(change) for change in played.changes], **evidence}
    if failure:
        said = "\n".join(tail[-SHOWN_LINES:])
        # What is done stays done, and the same run goes on with what it has begun.
        may_retry = isinstance(failure, ReachError)
        raise StepFailedError(f"{failure}\n{said}".strip(), may_retry=may_retry, result=result)
    return {"changed": len(changes), **result}


def _named(change: Change) -> str:
    return f"{change.component}: {change.title}"


def _brief(change: Change) -> dict[str, Any]:
    """A change without its diff, which the plan keeps."""
    kept = ("component", "operation", "title", "kind", "path", "state")
    return {key: value for key, value in change.plain().items() if key in kept}


def _reporter(context: StepContext) -> Report:
    """Each change and what it says as lines of the step's log; how far it is as its progress."""

    def report(progress: Progress) -> None:
        if progress.kind == "begin":
            context.progress(f"{progress.number}/{progress.total} {progress.title}")
        elif progress.kind == "output":
            context.log(f"  {progress.text}")
        else:
            context.log(f"{progress.number}/{progress.total} {progress.title} {progress.text}".rstrip())

    return report


def _judged(context: StepContext, judged: list[Judged]) -> Mapping[str, Any]:
    evidence = told(
        _observation(
            context, f"gate.{each.gate.name}", each.verdict.word, {"gate": each.title, "seen": each.verdict.seen}
        )
        for each in judged
    )
    closed = [each for each in judged if not each.verdict.passes]
    for each in judged:
        context.log(f"{'✓' if each.verdict.passes else '✗'} {each.title}: {each.verdict.seen}")
    if closed:
        words = _("gate closed: {gates}").format(
            gates="; ".join(f"{each.title} ({each.verdict.seen})" for each in closed)
        )
        raise StepFailedError(words, may_retry=False, result=evidence)
    return {"passed": len(judged), **evidence}


def _failed(
    context: StepContext, kind: str, text: str, *, may_retry: bool, verdict: Verdict = "fail"
) -> StepFailedError:
    evidence = told([_observation(context, kind, verdict, {"text": text})])
    return StepFailedError(text, may_retry=may_retry, result=evidence)


def _observation(context: StepContext, kind: str, verdict: Any, detail: Mapping[str, Any]) -> Observation:
    subject_kind, _slash, name = context.target.partition("/")
    return Observation(Subject(subject_kind, name), kind, verdict, detail)
