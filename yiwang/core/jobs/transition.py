"""What an action or a report changes in a step: pure, one new step from an old one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from yiwang.core.canonical import canonical, clean_text
from yiwang.core.errors import DatabaseError, code
from yiwang.core.i18n import N_, fill
from yiwang.core.jobs import observed
from yiwang.core.jobs.executor import ENDS, Report, ReportKind
from yiwang.core.jobs.model import Event, Policy, Step, StepState

MALFORMED = code(
    "E0501",
    N_("the step's result is malformed: {reason}"),
    N_("a step returns nothing, or a mapping of plain data of at most 256 KiB"),
    N_("What a step reports comes from another process, perhaps from another site, and is checked before it is kept."),
)
LOST = code(
    "E0502",
    N_("the step vanished {losses} times together with the process that ran it"),
    N_("look into `yiwang logs` for what it does before it dies; memory is a common cause"),
)
MAXIMUM_RESULT_BYTES = 256 * 1024
MAXIMUM_TEXT = 16 * 1024


@dataclass(frozen=True, slots=True)
class Change:
    """A step before and after, and the events that tell of it."""

    before: Step
    after: Step
    events: tuple[Event, ...] = ()


def claimed(step: Step, now: datetime, lease: timedelta, holder: str) -> Change:
    """Given out once more: the next attempt, with a lease."""
    events: tuple[Event, ...] = ()
    losses = step.losses
    if step.state is StepState.running:
        events = (_event("lost", step, now),)
        losses += step.started is not None
    after = replace(
        step,
        state=StepState.running,
        attempt=step.attempt + 1,
        losses=losses,
        lease_until=now + lease,
        holder=holder,
        started=None,
    )
    return Change(step, after, (*events, _event("given", after, now)))


def released(step: Step, now: datetime) -> Change:
    """Back to the pending ones after it was lost."""
    after = replace(_ended(step, StepState.pending), losses=step.losses + (step.started is not None))
    return Change(step, after, (_event("lost", step, now),))


def given_up(step: Step, now: datetime) -> Change:
    """Failed, because it was lost too often."""
    losses = step.losses + (step.started is not None)
    error = f"{LOST.id} {fill(LOST.message, {'losses': losses})}"
    after = replace(_ended(step, StepState.failed), losses=losses, finished=now, error=error)
    return Change(step, after, (_event("failed", after, now, error),))


def cancelled(step: Step, now: datetime) -> Change:
    """Cancelled before it ran, or after it was lost."""
    after = replace(_ended(step, StepState.cancelled), finished=now)
    return Change(step, after, (_event("cancelled", after, now),))


def retried(step: Step) -> Step:
    """A failed step as if it had never been tried, for a run that is resumed."""
    return replace(step, state=StepState.pending, failures=0, losses=0, error="", started=None, finished=None)


def renewed(step: Step, now: datetime, lease: timedelta) -> Change | None:
    """With a fresh lease, once a third of it is over; None when that is not needed yet."""
    if step.lease_until is not None and now + lease * 2 / 3 < step.lease_until <= now + lease:
        return None
    return Change(step, replace(step, lease_until=now + lease))


def reported(step: Step, report: Report, policy: Policy, now: datetime, lease: timedelta) -> Change | None:
    """What a report changes, or None when it says nothing new.

    A report of an earlier attempt changes nothing: its step was given out again since, and
    what counts is how that ends.
    """
    if step.state is not StepState.running or report.attempt != step.attempt:
        ignored = Event("ignored", _ignored(report), step.id, report.attempt, now)
        return Change(step, step, (ignored,)) if report.kind in ENDS else None
    match report.kind:
        case ReportKind.alive:
            return renewed(step, now, lease)
        case ReportKind.started:
            begun = replace(step, started=now, lease_until=now + lease, holder=report.worker or step.holder)
            return Change(step, begun, (_event("started", step, now),))
        case ReportKind.log | ReportKind.progress:
            return Change(step, step, (_event(report.kind.value, step, now, report.text),))
        case ReportKind.done:
            return _done(step, report, policy, now)
        case ReportKind.cancelled:
            return cancelled(step, now)
        case _:
            return _failed(step, report.text, policy, now, may_retry=report.may_retry)


def _ignored(report: Report) -> str:
    return clean_text(f"{report.kind.value} {report.text}".strip())[:MAXIMUM_TEXT]


def _done(step: Step, report: Report, policy: Policy, now: datetime) -> Change:
    error = malformed(report.result)
    if error:
        return _failed(step, error, policy, now, may_retry=False)
    after = replace(_ended(step, StepState.done), finished=now, error="", result=report.result)
    return Change(step, after, (_event("done", after, now),))


def malformed(result: Any) -> str:
    """Why a result cannot be kept, with its code (E0501); empty when it can."""
    reason = _flaw(result)
    return f"{MALFORMED.id} {fill(MALFORMED.message, {'reason': reason})}" if reason else ""


def _flaw(result: Any) -> str:
    if result is None:
        return ""
    if not isinstance(result, dict) or not all(isinstance(key, str) for key in result):
        return fill(N_("{type} instead of a mapping with text keys"), {"type": type(result).__name__})
    try:
        size = len(canonical(result).encode())
    except DatabaseError as error:
        return str(error)
    if size > MAXIMUM_RESULT_BYTES:
        return fill(N_("{size} bytes"), {"size": size})
    return observed.flaw(result)


def _failed(step: Step, error: str, policy: Policy, now: datetime, *, may_retry: bool) -> Change:
    error = clean_text(error)[:MAXIMUM_TEXT]
    failures = step.failures + 1
    if may_retry and failures < policy.max_attempts:
        pause = backoff(step, failures, policy)
        after = replace(_ended(step, StepState.pending), failures=failures, error=error, not_before=now + pause)
        return Change(step, after, (_event("retry", step, now, error),))
    after = replace(_ended(step, StepState.failed), failures=failures, finished=now, error=error)
    return Change(step, after, (_event("failed", after, now, error),))


def backoff(step: Step, failures: int, policy: Policy) -> timedelta:
    """How long to wait before the next attempt: doubling, capped, spread by up to a quarter.

    The spread follows from the step's id, so that it is the same after a crash.
    """
    seconds = min(policy.retry_cap_seconds, policy.retry_seconds * 2 ** min(failures - 1, 30))
    spread = int.from_bytes(hashlib.sha256(f"{step.id}/{failures}".encode()).digest()[:4]) / 2**32
    return timedelta(seconds=seconds * (1 - spread / 4))


def _ended(step: Step, state: StepState) -> Step:
    return replace(step, state=state, lease_until=None, holder="", started=step.started if state.is_final else None)


def _event(kind: str, step: Step, now: datetime, text: str = "") -> Event:
    return Event(kind, clean_text(text)[:MAXIMUM_TEXT], step.id, step.attempt, now)
