"""What carrying out a verdict took on one target, and doing the same on another for as long as it is alike.

An operation of pyinfra depends on the answers that it gets and on nothing else of a target.  So the first target
that a verdict is carried out on is changed by pyinfra, and all that passes is written down; the next ones are
asked the same, and given the same as long as they answer the same.  At the first other answer pyinfra takes over,
at that operation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from yiwang.deploy.engine.session import Asked, Passed, Ran, Session, Wrote
from yiwang.deploy.engine.transport import Output, digest

MOST_BYTES = 1 << 20
"""More is not kept of one specification."""


@dataclass(frozen=True, slots=True)
class Acted:
    """What became of one operation: all that passed, and pyinfra's own commands; ``outputs`` are this target's."""

    is_good: bool
    commands: tuple[Any, ...]
    passed: tuple[Passed, ...]
    outputs: tuple[Output, ...] = ()


Transcript = Mapping[str, Acted]
"""What became of each operation that was carried out."""


class Actor(Protocol):
    """Carries out the operations of a specification on one target, in their order."""

    def act(self, op: str) -> Acted:
        """Carry out one operation."""


class Takeover(Protocol):
    """An actor that begins where another had to end."""

    def suppose(self, done: Mapping[str, Acted]) -> Actor:
        """Take these operations for carried out."""


class Repeating:
    """Does what was done on another target."""

    def __init__(self, session: Session, transcript: Transcript, take_over: Callable[[], Takeover]) -> None:
        self._session = session
        self._transcript = transcript
        self._take_over = take_over
        self._done: dict[str, Acted] = {}
        self._other: Actor | None = None

    def act(self, op: str) -> Acted:
        """Carry out one operation as before; by pyinfra from the first that is answered otherwise."""
        if self._other is None:
            acted = self._repeated(self._transcript[op]) if op in self._transcript else None
            if acted:
                self._done[op] = acted
                return acted
            self._other = self._take_over().suppose(self._done)
        return self._other.act(op)

    def _repeated(self, known: Acted) -> Acted | None:
        outputs: list[Output] = []
        for each in known.passed:
            match each:
                case Asked(command, answer):
                    if digest([self._session.ask(command)]) != answer:
                        return None
                case Ran(command, stdin, timeout, good):
                    outputs.append(self._session.change(command, stdin=stdin, timeout=timeout, good=good))
                    if outputs[-1].code not in good:
                        return replace(known, is_good=False, outputs=tuple(outputs))
                case Wrote(path, content, mode):
                    self._session.write(path, content, mode=mode)
        return replace(known, outputs=tuple(outputs))


def is_small(transcript: Transcript) -> bool:
    """Whether a transcript is worth the memory."""
    passed = (each for acted in transcript.values() for each in acted.passed)
    return sum(len(each.content) for each in passed if isinstance(each, Wrote)) <= MOST_BYTES
