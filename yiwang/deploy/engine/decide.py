"""Deciding what each operation of a specification would do to a target, without doing it.

Every operation is asked for its commands in turn, as if those before it had been carried out well, so
that ``_if=before.did_change`` decides as it will when it is real.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pyinfra.api.exceptions import PyinfraError
from pyinfra.connectors.util import CommandOutput

from yiwang.core.errors import YiwangError, code
from yiwang.core.i18n import N_
from yiwang.deploy.component import Secrets
from yiwang.deploy.engine.faults import DeployError
from yiwang.deploy.engine.kind import Kind, kind_of
from yiwang.deploy.engine.specification import Specification
from yiwang.deploy.engine.target import Target, arguments_of
from yiwang.deploy.registry import Components

FACT_FAILED = code(
    "E2020",
    N_('{target}: "{title}" of component "{component}" cannot look at the node: {reason}'),
    N_("run the command on the node to see why; nothing was changed"),
)
RAISED = code(
    "E2021",
    N_('{target}: "{title}" of component "{component}" cannot be decided: {reason}'),
    N_("correct the component or its values; nothing was changed"),
)


@dataclass(frozen=True, slots=True)
class Decided:
    """An operation with the commands that it would run, and the facts by which it was decided."""

    op: str
    component: str
    operation: str
    title: str
    arguments: Mapping[str, Any]
    commands: tuple[Any, ...] = ()
    facts: tuple[str, ...] = ()
    unsure: str = ""

    @property
    def kind(self) -> Kind:
        """What it changes."""
        return kind_of(self.operation)

    @property
    def is_change(self) -> bool:
        """Whether it would change anything, as far as can be said."""
        return bool(self.commands or self.unsure)

    @property
    def subject(self) -> str:
        """What it changes, by name."""
        return self.kind.subject_of(self.arguments)

    @property
    def is_undone(self) -> bool:
        """Whether a rollback undoes it."""
        return self.kind.is_undone(self.arguments)

    @property
    def saved(self) -> tuple[str, ...]:
        """The files that it may change."""
        return self.kind.saved(self.arguments)


def call(target: Target, specification: Specification, components: Components, secrets: Secrets) -> dict[str, str]:
    """Call every component's operations; the component of each operation.

    Raises:
        DeployError: a component is unknown, or raised an error.
    """
    owners: dict[str, str] = {}
    for part in specification.parts:
        component, spec = components.spec(part, target=specification.target)
        folder = str(components.find(part.component).folder)
        with _told(target, part.component, component.title):
            target.add(partial(component.deploy, spec, secrets), folder)
        owners |= {op: part.component for op in target.operations if op not in owners}
    return owners


def decide(target: Target, owners: Mapping[str, str]) -> Iterator[Decided]:
    """What each operation would do, in turn.

    Raises:
        DeployError: the target cannot be looked at, or an operation cannot be decided.
    """
    # Only then does pyinfra ask the conditions of operations.
    target.state.is_executing = True
    has_changed = False
    for op in target.operations:
        decided = _decide(target, op, owners[op], has_changed=has_changed)
        has_changed = has_changed or decided.is_change
        yield decided


def _decide(target: Target, op: str, component: str, *, has_changed: bool) -> Decided:
    operation = target.operation(op)
    name, arguments = arguments_of(operation)
    target.session.asked.clear()
    commands: tuple[Any, ...] = ()
    unsure = ""
    try:
        with target.current(op), _told(target, component, target.title(op)):
            commands = tuple(operation.command_generator())
    except DeployError as error:
        if error.error not in (RAISED, FACT_FAILED) or not has_changed:
            raise
        # What it needs may be made by a change before it.
        unsure = str(error.values["reason"])
    operation.operation_meta.set_complete(True, list(commands), CommandOutput([]))
    facts = tuple(target.session.asked)
    return Decided(op, component, name, target.title(op), arguments, commands, facts, unsure)


class _told:  # noqa: N801 - read as a word: with _told(...)
    """Tell what a component raises as one of our errors."""

    def __init__(self, target: Target, component: str, title: str) -> None:
        self._session = target.session
        self._about: dict[str, Any] = {"target": target.session.target, "component": component, "title": title}

    def __enter__(self) -> None:
        self._session.failed = None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None or isinstance(error, YiwangError) or not isinstance(error, Exception):
            return
        mask = self._session.masking.mask
        failed = self._session.failed
        if failed and isinstance(error, PyinfraError):
            command, output = failed
            reason = f"{command}: {output.err.strip() or output.out.strip() or output.code}"
            raise DeployError(FACT_FAILED, **self._about, reason=mask(reason)[-2000:]) from None
        # The cause may hold a secret in clear text, and is not shown.
        raise DeployError(RAISED, **self._about, reason=mask(f"{type(error).__name__}: {error}")[-2000:]) from None
