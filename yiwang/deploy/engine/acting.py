"""Carrying out the operations of a specification on one target by pyinfra, and writing down what passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyinfra.api.command import FileUploadCommand, StringCommand
from pyinfra.api.operations import run_host_op
from pyinfra.connectors.util import CommandOutput, OutputLine

from yiwang.deploy.component import Secrets
from yiwang.deploy.engine.connector import lines_of
from yiwang.deploy.engine.decide import call
from yiwang.deploy.engine.session import Session
from yiwang.deploy.engine.specification import Specification
from yiwang.deploy.engine.target import Target
from yiwang.deploy.engine.transcript import Acted
from yiwang.deploy.registry import Components

REPEATABLE = (StringCommand, FileUploadCommand)
TRICKY = ("_ignore_errors", "_continue_on_error", "_retries")


class Acting:
    """pyinfra at work on one target."""

    def __init__(
        self, session: Session, specification: Specification, components: Components, secrets: Secrets
    ) -> None:
        self._session = session
        self._target = Target(session)
        session.asked.clear()
        call(self._target, specification, components, secrets)
        self.is_repeatable = not session.asked
        """Whether the same may be done elsewhere without pyinfra, as far as can be said yet."""
        self._target.state.is_executing = True

    def act(self, op: str) -> Acted:
        """Carry out one operation."""
        self._session.passed.clear()
        with self._target.current(op):
            is_good = run_host_op(self._target.state, self._target.host, op)
        operation = self._target.operation(op)
        meta = operation.operation_meta
        commands = tuple(meta._commands)  # noqa: SLF001
        if any(not isinstance(each, REPEATABLE) for each in commands) or self._target.is_particular:
            self.is_repeatable = False
        if any(operation.global_arguments.get(each) for each in TRICKY):
            self.is_repeatable = False
        meta._combined_output = _Watched(meta._combined_output, self._forbid)  # noqa: SLF001
        return Acted(is_good, commands, tuple(self._session.passed))

    def suppose(self, done: Mapping[str, Acted]) -> Acting:
        """Take these operations for carried out."""
        for op, acted in done.items():
            lines = [line for each in acted.outputs for line in lines_of(each)]
            self._target.operation(op).operation_meta.set_complete(True, list(acted.commands), CommandOutput(lines))
        return self

    def _forbid(self) -> None:
        self.is_repeatable = False


class _Watched(CommandOutput):
    """What an operation said; whoever reads it may decide by it."""

    def __init__(self, output: CommandOutput, told: Callable[[], None]) -> None:
        self._lines = list(output)
        self._told = told

    @property
    def combined_lines(self) -> list[OutputLine]:  # type: ignore[override]
        """The lines, which somebody wants to know."""
        self._told()
        return self._lines

    def __iter__(self) -> Any:
        yield from self.combined_lines
