"""What a step does: a handler for each kind of step.

A handler is a plain function from a :class:`StepContext` to nothing or to a mapping of
plain data.  It must be idempotent: after a crash it may run again on what it had already
half done.  Parts hand their handlers to the composition root; third parties name theirs
under the entry point ``yiwang.steps``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, Literal, Protocol

from yiwang.core.errors import JobError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.core.jobs.executor import Assignment, Report, ReportKind
from yiwang.core.jobs.transition import malformed
from yiwang.core.vault.opening import OpenSecret, no_vault
from yiwang.core.vault.secret import Secret

UNKNOWN_KIND = code(
    "E0510",
    N_('nothing here can carry out steps of the kind "{kind}"{suggestion}'),
    N_("install the package that brings it; known here: {known}"),
)
REPEATED_KIND = code(
    "E0511",
    N_('two handlers carry out steps of the kind "{kind}"'),
    N_("remove one of the packages that bring them: {first}, {second}"),
)
BAD_HANDLER = code(
    "E0512",
    N_('the entry point "{name}" of yiwang.steps is not a step handler: {reason}'),
    N_("let it name a StepHandler, or remove the package"),
)

ENTRY_POINTS = "yiwang.steps"


class StepFailedError(Exception):
    """Raised by a handler: the step failed; with ``may_retry=False`` trying again would not help.

    ``result`` is plain data to keep all the same, such as the evidence of what was seen.
    """

    def __init__(self, text: str, *, may_retry: bool = True, result: Mapping[str, Any] | None = None) -> None:
        super().__init__(text)
        self.may_retry = may_retry
        self.result = result

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restore, (str(self), self.may_retry, self.result))


def _restore(text: str, may_retry: bool, result: Mapping[str, Any] | None) -> StepFailedError:
    return StepFailedError(text, may_retry=may_retry, result=result)


class StepCancelledError(Exception):
    """Raised by a handler that stopped because its run was cancelled."""


class Line(Protocol):
    """How a running step speaks with its executor."""

    def send(self, report: Report) -> None:
        """Pass a report on; must not fail the step."""

    def is_cancelled(self) -> bool:
        """True once the run was cancelled."""


@dataclass(frozen=True, slots=True)
class StepContext:
    """What a handler is given."""

    assignment: Assignment
    line: Line
    secrets: OpenSecret = no_vault

    @property
    def target(self) -> str:
        """The target that the step is for; no other step runs on it meanwhile."""
        return self.assignment.target

    @property
    def payload(self) -> Mapping[str, Any]:
        """The planned data of the step."""
        return self.assignment.payload

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""
        return self.assignment.attempt

    def log(self, text: str) -> None:
        """Add a line to the step's log."""
        self.line.send(Report(*self.assignment.token, ReportKind.log, text))

    def progress(self, text: str) -> None:
        """Tell how far the step is."""
        self.line.send(Report(*self.assignment.token, ReportKind.progress, text))

    def secret(self, reference: str) -> Secret:
        """The secret of a reference in the payload, opened here and now; the step's log says which one.

        Raises:
            NotFoundError, VaultError: as :meth:`~yiwang.core.vault.store.Vault.get`, and E0539 without a vault.
        """
        self.log(f"vault.get {reference}")
        return self.secrets(reference)

    def is_cancelled(self) -> bool:
        """True once the run was cancelled: end soon, in a clean state."""
        return self.line.is_cancelled()

    def check_cancelled(self) -> None:
        """Raise StepCancelledError once the run was cancelled."""
        if self.is_cancelled():
            raise StepCancelledError


StepFunction = Callable[[StepContext], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class StepHandler:
    """Carries out one kind of step, in a thread or in a process of its own.

    What starts subprocesses, holds much memory or may crash belongs in a process: it dies
    with the controller and takes nothing else along.  Its function must be importable.
    """

    kind: str
    run: StepFunction
    isolation: Literal["thread", "process"] = "thread"


class Handlers:
    """All handlers, by kind."""

    def __init__(self, handlers: Iterable[StepHandler]) -> None:
        self._by_kind: dict[str, StepHandler] = {}
        for each in handlers:
            if each.kind in self._by_kind:
                first = self._by_kind[each.kind]
                raise JobError(REPEATED_KIND, kind=each.kind, first=first.run.__module__, second=each.run.__module__)
            self._by_kind[each.kind] = each

    def find(self, kind: str) -> StepHandler:
        """The handler for a kind of step; raises JobError (E0510)."""
        if kind not in self._by_kind:
            known = ", ".join(sorted(self._by_kind))
            raise JobError(UNKNOWN_KIND, kind=kind, known=known, suggestion=suggestion(kind, self._by_kind))
        return self._by_kind[kind]


def installed_handlers() -> list[StepHandler]:
    """The handlers of installed packages; raises JobError (E0512) for what is none."""
    found = []
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda each: each.name):
        try:
            handler = point.load()
        except Exception as error:
            raise JobError(BAD_HANDLER, name=point.name, reason=repr(error)) from error
        if not isinstance(handler, StepHandler):
            raise JobError(BAD_HANDLER, name=point.name, reason=type(handler).__name__)
        found.append(handler)
    return found


def carry_out(function: StepFunction, assignment: Assignment, line: Line, secrets: OpenSecret = no_vault) -> Report:
    """Run a handler and put how it ended into a report; raises nothing that an Exception is."""
    token = assignment.token
    line.send(Report(*token, ReportKind.started))
    try:
        result = function(StepContext(assignment, line, secrets))
    except StepCancelledError:
        return Report(*token, ReportKind.cancelled)
    except StepFailedError as error:
        if malformed(error.result):
            return Report(*token, ReportKind.failed, malformed(error.result), may_retry=False)
        return Report(*token, ReportKind.failed, str(error), error.result, error.may_retry)
    except Exception as error:
        return Report(*token, ReportKind.failed, f"{type(error).__name__}: {error}")
    kept = dict(result) if isinstance(result, Mapping) else result
    # Here already, since what is no plain data might not even come back from a process.
    error_text = malformed(kept)
    if error_text:
        return Report(*token, ReportKind.failed, error_text, may_retry=False)
    return Report(*token, ReportKind.done, result=kept)
