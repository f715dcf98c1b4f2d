"""What a target says of itself while it is looked at: learnt, asked for at once, remembered until a change.

pyinfra asks for facts one by one, each with a shell command.  Which commands a specification needs is
learnt from the last time (:class:`FactSet`) and asked for in one message.  Every answer is void at the
first command that may change the target.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yiwang.deploy.engine.masking import Masking
from yiwang.deploy.engine.transport import TIMED_OUT, Output, Transport, digest


@dataclass(frozen=True, slots=True)
class FactSet:
    """The commands whose outputs decide a specification, in the order of their first use."""

    commands: tuple[str, ...] = ()

    def with_those_of(self, other: FactSet) -> FactSet:
        """These and the others."""
        return FactSet(tuple(dict.fromkeys((*self.commands, *other.commands))))


class Facts:
    """The answers of one target, valid until they are :meth:`void`."""

    def __init__(self, transport: Transport, masking: Masking) -> None:
        self._transport = transport
        self._masking = masking
        self._known: dict[str, Output] = {}
        self._used: dict[str, Output] = {}
        self.is_exact = True
        """Whether every answer so far was whole, and may be remembered."""

    def learn(self, commands: Sequence[str], *, expect: str | None = None) -> str | None:
        """Ask for many answers at once; their digest.  The answers stay away when it is as expected."""
        wanted = tuple(dict.fromkeys(each for each in commands if each not in self._known))
        if not wanted:
            return None
        look = self._transport.look(wanted, expect=expect)
        for command, output in zip(wanted, look.outputs or (), strict=False):
            if output.code != TIMED_OUT:
                self._known[command] = output
        return look.digest

    def answer(self, command: str) -> Output:
        """The answer to one command, known or asked for now."""
        if command not in self._known:
            outputs = self._transport.look([command]).outputs or ()
            self._known[command] = outputs[0]
        output = self._known[command]
        if not self._masking.is_clear(command):
            # What is learnt is kept by the caller, where no secret may be.
            self.is_exact = False
        else:
            self._used.setdefault(command, output)
        self.is_exact = self.is_exact and not output.code
        return output

    def are_answered(self, commands: Sequence[str], expected: str) -> bool:
        """Whether these are known, and their answers have this digest; then they count as used."""
        if any(command not in self._known for command in commands):
            return False
        if digest([self._known[command] for command in commands]) != expected:
            return False
        for command in commands:
            self.answer(command)
        return True

    def void(self) -> None:
        """Forget all answers: something may have changed."""
        self._known.clear()

    @property
    def used(self) -> FactSet:
        """The commands that were asked for so far."""
        return FactSet(tuple(self._used))

    @property
    def digest(self) -> str:
        """The digest of the first answers to them."""
        return digest(tuple(self._used.values()))
