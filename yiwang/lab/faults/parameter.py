"""What a fault takes beside its place: numbers with bounds, words of a list, names of a shape."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from yiwang.core.errors import UsageError, code, suggestion
from yiwang.core.i18n import N_, Message

NO_NUMBER = code("E6302", N_('{name} "{given}" is no number'), N_("give a number, such as {example}"))
OUT_OF_BOUNDS = code(
    "E6303", N_("{name} is {given} {unit}; it must lie between {least} and {most} {unit}"), N_("give another number")
)
NO_SUCH_WORD = code("E6304", N_('{name} "{given}" is unknown{suggestion}'), N_("give one of {known}"))
BAD_SHAPE = code("E6305", N_('{name} "{given}" cannot be understood'), N_("give it as in {example}"))

Value = str | float
Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Number:
    """A number between two bounds, in a unit; with a default it is an option."""

    name: str
    meaning: Message
    unit: str
    least: float
    most: float
    default: float | None = None

    def read(self, given: str) -> float:
        """The number that was given.

        Raises:
            UsageError: it is none (E6302) or lies outside the bounds (E6303).
        """
        try:
            number = float(given)
        except ValueError:
            raise UsageError(NO_NUMBER, name=self.name, given=given, example=f"{self.most:g}") from None
        # Neither bound holds for "nan".
        if not self.least <= number <= self.most:
            least, most = f"{self.least:g}", f"{self.most:g}"
            raise UsageError(OUT_OF_BOUNDS, name=self.name, given=given, unit=self.unit, least=least, most=most)
        return number


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words; with a default it is an option."""

    name: str
    meaning: Message
    words: tuple[str, ...]
    default: str | None = None

    def read(self, given: str) -> str:
        """The word that was given.

        Raises:
            UsageError: it is none of them (E6304).
        """
        if given not in self.words:
            known = ", ".join(self.words)
            raise UsageError(
                NO_SUCH_WORD, name=self.name, given=given, suggestion=suggestion(given, self.words), known=known
            )
        return given


@dataclass(frozen=True, slots=True)
class Shape:
    """Text of a shape; always to be given."""

    name: str
    meaning: Message
    pattern: str
    example: str
    default: None = None

    def read(self, given: str) -> str:
        """The text that was given.

        Raises:
            UsageError: it has another shape (E6305).
        """
        if not re.fullmatch(self.pattern, given):
            raise UsageError(BAD_SHAPE, name=self.name, given=given, example=self.example)
        return given


Parameter = Number | Choice | Shape

UNIT = Shape("unit", N_("A systemd unit of the host."), r"[A-Za-z0-9][A-Za-z0-9@._:-]{0,120}", "snmpd")
DIRECTION = Choice(
    "direction",
    N_("Which way: both, from A to B (there), from B to A (back)."),
    ("both", "there", "back"),
    "both",
)
