"""Typed lines: keywords that may be abbreviated, parameters, and where a line goes wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

REST = "<rest>"
UNKNOWN, AMBIGUOUS, INCOMPLETE = "unknown", "ambiguous", "incomplete"
Pattern = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a typed line and the column where it begins."""

    text: str
    column: int


@dataclass(frozen=True, slots=True)
class Match:
    """A line that fits a pattern: the pattern's index, the line in full, the parameters' values."""

    index: int
    line: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a line fits no pattern (unknown, ambiguous, incomplete), the word's number and its column."""

    fault: str
    word: int
    column: int


@dataclass(frozen=True)
class Names:
    """How a platform writes parameters: expressions by kind, its interface types, its masks.

    ``separator`` stands between an interface's type and number; ``is_dotted`` platforms print masks
    and areas in dotted notation however they are typed.
    """

    kinds: Mapping[str, str]
    interfaces: tuple[str, ...]
    separator: str = ""
    is_dotted: bool = False

    def canonical(self, kind: str, text: str) -> str | None:
        """A parameter as the platform prints it; None when the text is no such parameter."""
        if kind == "interface":
            return self.interface(text)
        if self.is_dotted and kind == "mask" and re.fullmatch(r"\d|[12]\d|3[0-2]", text):
            return dotted(2**32 - 2 ** (32 - int(text)))
        if self.is_dotted and kind == "area" and text.isdecimal():
            return dotted(int(text))
        return text if re.fullmatch(self.kinds.get(kind, r"\S+"), text) else None

    def interface(self, text: str) -> str | None:
        """An interface's name in full: ``gi0/0/1`` is GigabitEthernet0/0/1; None for no interface."""
        parts = re.fullmatch(r"(\d*[A-Za-z][A-Za-z-]*?-?) ?(\d[\d/.:]*)", text)
        if not parts:
            return None
        typed = parts[1].lower()
        near = [name for name in self.interfaces if name.lower().startswith(typed)]
        best = next((name for name in near if name.lower() == typed), near[0] if near else "")
        return f"{best}{self.separator}{parts[2]}" if best else None


def dotted(number: int) -> str:
    """A 32-bit number in dotted notation."""
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


@lru_cache(maxsize=4096)
def pattern(text: str) -> Pattern:
    """``ip address <ip> <mask>`` as its words."""
    return tuple(text.split())


# `interface GigabitEthernet 0/1`: the number belongs to the word before it.
_WORDS = re.compile(
    r"(?:(?<=face )|(?<=int )|(?<=inte )|(?<=inter )|(?<=interf ))[A-Za-z][A-Za-z-]* +\d[\d/.:]*"
    r"|[A-Za-z][A-Za-z-]+ +\d+/[\d/.:]+(?!\S)|\S+"
)


def split(line: str) -> tuple[Word, ...]:
    """The words of a line; an interface that is typed with a blank is one word."""
    return tuple(Word(re.sub(" +", " ", each[0]), each.start()) for each in _WORDS.finditer(line))


def resolve(line: str, patterns: Sequence[Pattern], names: Names) -> Match | Mistake:
    """The first pattern that a line fits; keywords count before parameters, each as far as it is unique."""
    words = split(line)
    ways: list[_Way] = [_Way(index) for index in range(len(patterns))]
    for number, word in enumerate(words):
        resting = [way for way in ways if way.rest >= 0]
        fixed = [way for way in ways if way.rest < 0 and number < len(patterns[way.index])]
        near = near_keywords(word.text, {patterns[way.index][number] for way in fixed})
        if len(near) > 1:
            return Mistake(AMBIGUOUS, number, word.column)
        if near:
            ways = [way.past(near[0]) for way in fixed if patterns[way.index][number] == near[0]]
        else:
            ways = resting + _with_parameter(word, number, fixed, patterns, names)
        if not ways:
            return Mistake(UNKNOWN, number, word.column)
    for way in ways:
        if way.rest >= 0 or patterns[way.index][len(words) :] in ((), (REST,)):
            return way.match(line)
    return Mistake(INCOMPLETE, len(words), len(line.rstrip()) + bool(words))


def near_keywords(typed: str, known: set[str]) -> list[str]:
    """The keywords that a word may stand for: itself, else all that begin with it."""
    word = typed.lower()
    if word in known:
        return [word]
    return sorted(each for each in known if each.startswith(word) and not each.startswith("<"))


@dataclass(frozen=True, slots=True)
class _Way:
    """How far one pattern has been followed; ``rest`` is the column where its free text begins."""

    index: int
    done: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    rest: int = -1

    def past(self, keyword: str) -> _Way:
        return _Way(self.index, (*self.done, keyword), self.values)

    def with_value(self, value: str) -> _Way:
        return _Way(self.index, (*self.done, value), (*self.values, value))

    def match(self, line: str) -> Match:
        rest = (line[self.rest :].rstrip(),) if self.rest >= 0 else ()
        return Match(self.index, " ".join((*self.done, *rest)), (*self.values, *rest))


def _with_parameter(word: Word, number: int, ways: list[_Way], patterns: Sequence[Pattern], names: Names) -> list[_Way]:
    found = []
    for way in ways:
        kind = patterns[way.index][number]
        if kind == REST:
            found.append(_Way(way.index, way.done, way.values, word.column))
        elif kind.startswith("<"):
            value = names.canonical(kind[1:-1], word.text)
            if value is not None:
                found.append(way.with_value(value))
    return found


def completions(line: str, patterns: Sequence[Pattern], names: Names) -> list[str]:
    """The words that may stand where a line ends: those that go on from its last, unfinished word."""
    words = list(split(line))
    typed = words.pop().text if words and not line.endswith(" ") else ""
    position = len(words)
    found = set()
    for each in patterns:
        if position < len(each) and not isinstance(
            resolve(" ".join(word.text for word in words), [each[:position]], names), Mistake
        ):
            found.add(each[position])
    return sorted(each for each in found if each.startswith(("<", typed.lower())))
