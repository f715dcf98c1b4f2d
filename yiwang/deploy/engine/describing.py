"""From what pyinfra would do to the changes that people read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pyinfra.api.command import FileDownloadCommand, FileUploadCommand, FunctionCommand

from yiwang.deploy.engine.change import Change, State
from yiwang.deploy.engine.decide import Decided
from yiwang.deploy.engine.diff import diffs, read
from yiwang.deploy.engine.session import Session
from yiwang.deploy.engine.transport import digest
from yiwang.deploy.engine.verdict import Verdict

MOST_COMMANDS = 50
LONGEST_COMMAND = 2000


def describe(session: Session, verdict: Verdict) -> tuple[Change, ...]:
    """The changes of a verdict with their diffs, masked; it takes a look at the target's files."""
    outputs = read(session, verdict.looks)
    key = digest(outputs)
    known = verdict.diffs.get(key)
    if known is not None:
        return known
    found = zip(verdict.changes, diffs(session, verdict.looks, outputs), strict=True)
    return verdict.keep_diffs(key, tuple(replace(change, diff=diff) for change, diff in found))


def change_of(session: Session, decided: Decided, commands: Sequence[Any], *, state: State = "planned") -> Change:
    """The change that an operation makes by these commands, masked, without a diff."""
    mask = session.masking.mask
    return Change(
        component=decided.component,
        operation=decided.operation,
        title=mask(decided.title),
        kind=decided.kind.kind,
        path=mask(decided.subject),
        commands=tuple(mask(_written(each))[:LONGEST_COMMAND] for each in commands[:MOST_COMMANDS]),
        unsure=mask(decided.unsure),
        state=state,
        is_undone=decided.is_undone,
    )


def _written(command: Any) -> str:
    if isinstance(command, FileUploadCommand):
        return f"write {command.dest}"
    if isinstance(command, FileDownloadCommand):
        return f"read {command.src}"
    if isinstance(command, FunctionCommand):
        return f"call {command.function.__name__}"
    return str(command)
