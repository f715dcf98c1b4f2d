"""The seam to whatever carries out a step, and the fake that ships with it.

Promises of an executor: it carries out what it is given at least once or not at all, may
lose it, may report twice or late; it reports ``started`` when a step really begins and
``alive`` from time to time while it runs.  Everything else is decided from the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Assignment:
    """One attempt at one step, as an executor gets it."""

    run_id: str
    step_id: str
    attempt: int
    kind: str
    target: str
    payload: Mapping[str, Any]
    site: str = ""

    @property
    def token(self) -> tuple[str, str, int]:
        """What names this attempt: run, step, attempt."""
        return (self.run_id, self.step_id, self.attempt)


class ReportKind(StrEnum):
    """What a report says: ``refused``, that something came in which is not believed; the last four end the attempt."""

    refused = "refused"
    started = "started"
    alive = "alive"
    log = "log"
    progress = "progress"
    done = "done"
    failed = "failed"
    crashed = "crashed"
    cancelled = "cancelled"


ENDS = frozenset((ReportKind.done, ReportKind.failed, ReportKind.crashed, ReportKind.cancelled))


@dataclass(frozen=True, slots=True)
class Report:
    """What an executor tells about one attempt.  ``result`` is not trusted before it is checked.

    ``worker`` is who reports, ``SITE/HOST/PROCESS``, of which the executor vouches for the site; empty when
    the report is the executor's own.
    """

    run_id: str
    step_id: str
    attempt: int
    kind: ReportKind
    text: str = ""
    result: Any = None
    may_retry: bool = True
    worker: str = ""


class Executor(Protocol):
    """Carries out steps somewhere."""

    @property
    def dies_with_controller(self) -> bool:
        """True when no step outlives the process of the controller that gave it out."""

    def attend(self, run_id: str, *, waiting: Sequence[Assignment], started: Sequence[Assignment]) -> None:
        """This controller carries out the run from now on.

        ``waiting`` and ``started`` are attempts that an earlier controller gave out: perhaps not
        even handed over, or known to have begun.
        """

    def leave(self, run_id: str, *, is_over: bool) -> None:
        """This controller does not carry out the run any more; with ``is_over`` nothing of it is in flight."""

    def submit(self, assignment: Assignment) -> None:
        """Take over one attempt; returns at once."""

    def reports(self, timeout_seconds: float) -> Sequence[Report]:
        """What came in; waits at most so long for the first report."""

    def confirm(self, reports: Sequence[Report]) -> None:
        """These are committed and may be forgotten."""

    def stop(self, run_id: str, step_id: str, attempt: int) -> None:
        """Tell a running step that it is cancelled; it ends when it next looks."""

    def close(self) -> None:
        """Let running steps end, take no more."""


def _succeed(assignment: Assignment) -> tuple[Report, ...]:
    return (Report(*assignment.token, ReportKind.started), Report(*assignment.token, ReportKind.done))


class FakeExecutor:
    """An executor without processes or threads: ``outcome`` says what each attempt reports.

    Reports come back on the next call of :meth:`reports`, in the order of submission, and
    stay until they are confirmed, as they would on a message queue.
    """

    dies_with_controller = True

    def __init__(self, outcome: Callable[[Assignment], Sequence[Report]] = _succeed) -> None:
        self.submitted: list[Assignment] = []
        self.stopped: list[tuple[str, str, int]] = []
        self._outcome = outcome
        self._waiting: list[Report] = []

    def attend(self, run_id: str, *, waiting: Sequence[Assignment], started: Sequence[Assignment]) -> None:
        """Nothing outlives this executor."""

    def leave(self, run_id: str, *, is_over: bool) -> None:
        """Nothing to leave."""

    def submit(self, assignment: Assignment) -> None:
        """Ask ``outcome`` what this attempt reports and keep it."""
        self.submitted.append(assignment)
        self._waiting += self._outcome(assignment)

    def reports(self, timeout_seconds: float) -> Sequence[Report]:
        """Everything not yet confirmed; never waits."""
        return tuple(self._waiting)

    def confirm(self, reports: Sequence[Report]) -> None:
        """Forget these."""
        known = {id(report) for report in reports}
        self._waiting = [report for report in self._waiting if id(report) not in known]

    def stop(self, run_id: str, step_id: str, attempt: int) -> None:
        """Remember that it was asked."""
        self.stopped.append((run_id, step_id, attempt))

    def close(self) -> None:
        """Nothing to close."""
