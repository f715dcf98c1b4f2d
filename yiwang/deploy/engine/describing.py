"""From what pyinfra would do to the changes that people read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from pyinfra.api.command import FileDownloadCommand, FileUploadCommand, FunctionCommand

from yiwang.deploy.engine.change import Change, State
from yiwang.deploy.engine.decide import Decided
from yiwang.deploy.engine.diff import diffs
from yiwang.deploy.engine.session import Session

MOST_COMMANDS = 50
LONGEST_COMMAND = 2000


def describe(session: Session, decided: Iterable[Decided], *, with_diffs: bool = True) -> tuple[Change, ...]:
    """The changes among what was decided, masked; their diffs take a look at the target's files."""
    changing = [each for each in decided if each.is_change]
    found = diffs(session, changing) if with_diffs else [""] * len(changing)
    shown = zip(changing, found, strict=True)
    return tuple(replace(change_of(session, each, each.commands), diff=diff) for each, diff in shown)


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
    )


def _written(command: Any) -> str:
    if isinstance(command, FileUploadCommand):
        return f"write {command.dest}"
    if isinstance(command, FileDownloadCommand):
        return f"read {command.src}"
    if isinstance(command, FunctionCommand):
        return f"call {command.function.__name__}"
    return str(command)
