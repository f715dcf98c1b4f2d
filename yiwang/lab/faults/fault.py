"""What a fault is: a name, what it does in one line, what it takes, how it is applied and cleared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from yiwang.core.i18n import Message
from yiwang.lab.faults.case import Case
from yiwang.lab.faults.parameter import Parameter, Values

Place = Literal["cable", "host"]


def nothing(case: Case) -> Values:
    """What must be known to clear a fault that can be cleared without knowing anything."""
    return {}


def unwatched(case: Case) -> bool | None:
    """The verdict on a fault of which nobody can tell whether it still holds."""
    return None


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that can be had on demand.

    ``before`` reads what ``clear`` needs to restore; it is kept before ``apply`` changes anything.
    ``clear`` undoes what ``apply`` did, also when it was done by half or not at all.  ``holds`` tells
    whether what was applied is still there.  ``words`` say what happens, ``undo`` is the word that
    takes it back; ``key`` names the parameter by which a host can have the fault more than once.
    """

    name: str
    summary: Message
    place: Place
    apply: Callable[[Case], None]
    clear: Callable[[Case], None]
    parameters: tuple[Parameter, ...] = ()
    words: tuple[str, ...] = ()
    undo: str = ""
    key: str = ""
    before: Callable[[Case], Values] = nothing
    holds: Callable[[Case], bool | None] = unwatched
    is_lasting: bool = True

    @property
    def positional(self) -> tuple[Parameter, ...]:
        """The parameters that must be given, in their order."""
        return tuple(each for each in self.parameters if each.default is None)

    @property
    def options(self) -> tuple[Parameter, ...]:
        """The parameters with a default."""
        return tuple(each for each in self.parameters if each.default is not None)

    @property
    def usage(self) -> str:
        """The words that the fault takes, as a usage line shows them."""
        place = "A B" if self.place == "cable" else "HOST"
        words = "|".join((*self.words, *filter(None, [self.undo])))
        return " ".join([place, *(each.name.upper() for each in self.positional), *filter(None, [words])])
