"""What goes over the broker: JSON, read strictly, because a site is not trusted with more than its own steps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from yiwang.core.i18n import N_
from yiwang.core.jobs.distributed.topology import site_of
from yiwang.core.jobs.executor import Assignment, Report, ReportKind

TASK = "yiwang.step"
LARGEST_BYTES = 1024 * 1024
MOST_REPORTS = 1000

_WORKER = re.compile(r"[A-Za-z0-9-]{1,64}/[\w.-]{1,100}/[\w.-]{1,64}")
_SENT_BY_WORKERS = frozenset(ReportKind) - {ReportKind.refused}

Attempt = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=1000, pattern=r"^[^\x00]*$")]


class RefusedError(ValueError):
    """A message that cannot be believed; the text says why."""


class StepMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One attempt at one step on its way to a site; the worker says every ``alive_seconds`` that it is at it."""

    run: Name
    step: Name
    attempt: Attempt
    kind: str
    target: str
    site: str
    payload: dict[str, Any]
    alive_seconds: float

    @property
    def assignment(self) -> Assignment:
        """The attempt as a handler gets it."""
        return Assignment(self.run, self.step, self.attempt, self.kind, self.target, self.payload, self.site)


class StopMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An attempt that is to stop."""

    run: Name
    step: Name
    attempt: Attempt


class ReportItem(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One report of the attempt that its message names."""

    kind: ReportKind
    text: str = ""
    result: Any = None
    may_retry: bool = True


class ReportMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Reports of one attempt in their order; ``worker`` is ``SITE/HOST/PROCESS``."""

    worker: str
    run: Name
    step: Name
    attempt: Attempt
    reports: Annotated[list[ReportItem], msgspec.Meta(min_length=1, max_length=MOST_REPORTS)]


_reports = msgspec.json.Decoder(ReportMessage)


def step_data(assignment: Assignment, alive_seconds: float) -> dict[str, Any]:
    """The argument of the task."""
    each = assignment
    message = StepMessage(
        each.run_id, each.step_id, each.attempt, each.kind, each.target, each.site, dict(each.payload), alive_seconds
    )
    made: dict[str, Any] = msgspec.to_builtins(message)
    return made


def read_step(data: Any) -> StepMessage:
    """The attempt that a worker was given; raises RefusedError."""
    try:
        return msgspec.convert(data, StepMessage)
    except msgspec.ValidationError as error:
        raise RefusedError(str(error)) from None


def read_stop(data: bytes) -> StopMessage:
    """The attempt that is to stop; raises RefusedError."""
    try:
        return msgspec.json.decode(data, type=StopMessage)
    except (msgspec.DecodeError, RecursionError) as error:
        raise RefusedError(str(error)) from None


def written_reports(worker: str, reports: Sequence[Report]) -> bytes:
    """The message for reports that are all of one attempt."""
    first = reports[0]
    items = [ReportItem(each.kind, each.text, each.result, each.may_retry) for each in reports]
    return msgspec.json.encode(ReportMessage(worker, first.run_id, first.step_id, first.attempt, items))


def read_reports(body: bytes, *, user: str, run_id: str) -> list[Report]:
    """The reports in a message.

    Args:
        body: what was sent.
        user: who sent it, as the broker has checked; empty when the sender did not say.
        run_id: the run whose queue it came through.

    Raises:
        RefusedError: it is too large or malformed, or its sender is not who it claims to be.
    """
    site = site_of(user)
    if not site:
        raise RefusedError(N_("it does not say which site it comes from"))
    if len(body) > LARGEST_BYTES:
        raise RefusedError(N_("it is too large"))
    try:
        message = _reports.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise RefusedError(N_("it is malformed")) from None
    if not _WORKER.fullmatch(message.worker) or not message.worker.startswith(f"{site}/"):
        raise RefusedError(N_("the worker that it names is not of its site"))
    if message.run != run_id:
        raise RefusedError(N_("it came through the queue of another run"))
    if not all(each.kind in _SENT_BY_WORKERS for each in message.reports):
        raise RefusedError(N_("it is malformed"))
    token = (message.run, message.step, message.attempt)
    return [
        Report(*token, each.kind, each.text, each.result, each.may_retry, message.worker) for each in message.reports
    ]
