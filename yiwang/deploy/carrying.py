"""Carrying out the steps of a rollout on nodes, and telling what was seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from yiwang.core.evidence import Observation, Subject, Verdict
from yiwang.core.i18n import _
from yiwang.core.jobs.handlers import StepContext, StepFailedError
from yiwang.core.jobs.observed import told
from yiwang.deploy.component import Gate
from yiwang.deploy.engine.apply import Applied, Order, Planned, apply
from yiwang.deploy.engine.change import Change
from yiwang.deploy.engine.check import Tools, check
from yiwang.deploy.engine.faults import DeployError, ReachError
from yiwang.deploy.engine.progress import Progress, Report
from yiwang.deploy.engine.reaching import reach
from yiwang.deploy.engine.rollback import rollback
from yiwang.deploy.engine.specification import Specification
from yiwang.deploy.gates.gate import Judged, judge
from yiwang.deploy.gates.probes import PROBES
from yiwang.deploy.way import endpoint_of

SHOWN_LINES = 8
"""Of what a failed command said, so many lines stand in the step's error; all of them in its log."""


def apply_target(context: StepContext, tools: Tools) -> Mapping[str, Any]:
    """Make a target what the plan says."""
    payload = context.payload
    specification = Specification.from_plain(payload["specification"])
    try:
        endpoint = endpoint_of(payload["way"], tools.secrets)
        planned = Planned(payload["facts_digest"], frozenset(payload["changes"]))
        order = Order(context.assignment.run_id, planned)
        applied = apply(endpoint, specification, tools, order, report=_reporter(context))
    except ReachError as error:
        raise _failed(context, "apply", str(error), may_retry=True) from error
    except DeployError as error:
        raise _failed(context, "apply", str(error), may_retry=False) from error
    return _told(context, applied)


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
    context.check_cancelled()
    return _judged(context, judged)


def look_for_drift(context: StepContext, tools: Tools) -> Mapping[str, Any]:
    """Whether a target is still as declared; that it is not is evidence, not a failure of the step."""
    payload = context.payload
    specification = Specification.from_plain(payload["specification"])
    try:
        checked = check(endpoint_of(payload["way"], tools.secrets), specification, tools)
    except ReachError as error:
        raise _failed(context, "drift", str(error), may_retry=True, verdict="unknown") from error
    except DeployError as error:
        raise _failed(context, "drift", str(error), may_retry=False, verdict="unknown") from error
    for change in checked.changes:
        context.log(f"~ {change.component} {change.title}: {change.path}")
    detail = {"changes": [_brief(change) for change in checked.changes]}
    verdict: Verdict = "fail" if checked.changes else "pass"
    return {"changes": len(checked.changes), **told([_observation(context, "drift", verdict, detail)])}


def put_back(context: StepContext, tools: Tools) -> Mapping[str, Any]:
    """Put a target back to what it was before a run."""
    payload = context.payload
    try:
        done = rollback(endpoint_of(payload["way"], tools.secrets), payload["run"], tools)
    except ReachError as error:
        raise _failed(context, "rollback", str(error), may_retry=True) from error
    except DeployError as error:
        raise _failed(context, "rollback", str(error), may_retry=False) from error
    for name in done.restored:
        context.log(_("put back: {name}").format(name=name))
    for name in done.cannot:
        context.log(_("cannot be undone: {name}").format(name=name))
    detail = {"run": payload["run"], "restored": list(done.restored), "cannot": list(done.cannot)}
    return {**detail, **told([_observation(context, "rollback", "pass", detail)])}


def _gates(specification: Specification, tools: Tools, more: Iterable[str]) -> tuple[Gate, ...]:
    found = [Gate("ssh"), *(Gate(name) for name in more)]
    for part in specification.parts:
        component, spec = tools.components.spec(part, target=specification.target)
        found += component.gates(spec)
    return tuple(found)


def _told(context: StepContext, applied: Applied) -> Mapping[str, Any]:
    detail = {
        "changes": [_brief(change) for change in applied.changes],
        "seconds": round(applied.seconds, 3),
        "failure": str(applied.failure or ""),
        "tail": list(applied.tail),
    }
    evidence = told([_observation(context, "apply", "fail" if applied.failure else "pass", detail)])
    if applied.failure:
        said = "\n".join(applied.tail[-SHOWN_LINES:])
        raise StepFailedError(f"{applied.failure}\n{said}".strip(), may_retry=False, result=evidence)
    return {"changed": len(applied.changes), **evidence}


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
