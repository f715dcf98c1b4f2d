"""Drift: the running configuration against the rendered intent, section by section.

Secrets are not compared: a device shows hashes of them.  What the estate says nothing about is left alone;
a platform's table tells which lines it does say something about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from yiwang.core.vault.secret import Secret
from yiwang.network.archive.redaction import TAG, Redaction
from yiwang.network.configuration.table import grammar_of
from yiwang.network.configuration.tree import TOP, Configuration, read
from yiwang.network.intent.placeholder import PLACEHOLDER
from yiwang.network.intent.table import Expression, IntentTable
from yiwang.network.platforms.model import Platform

HIDDEN_SECRET = "<secret>"  # noqa: S105 - what stands in the place of one
_NUMBER = re.compile(r"^\d+ (?=permit|deny)")

Kind = Literal["missing", "extra", "changed", "order"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference.

    ``intended`` and ``running`` are the lines on both sides with those inside them, one of them empty where
    a line is missing or extra; ``typed`` are the intended lines with their placeholders; ``line`` is the place
    in the running configuration, counted from 1, and 0 where there is none.
    """

    kind: Kind
    section: tuple[str, ...]
    intended: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Drift:
    """How a device differs from its intent; ``others`` counts the outermost lines that nobody intends or forbids."""

    device: str
    differences: tuple[Difference, ...]
    others: int
    is_whole: bool

    def count(self, *kinds: Kind) -> int:
        """How many differences of these kinds there are."""
        return sum(each.kind in kinds for each in self.differences)


def drift_of(device: str, rendered: str, running: str, platform: Platform, table: IntentTable) -> Drift:
    """Compare a rendered with a running configuration, which may be redacted or not.  Raises nothing on any text."""
    grammar = grammar_of(platform)
    comparison = _Comparison(
        table,
        read(_without_secrets(rendered, platform), grammar),
        read(_without_secrets(running, platform), grammar),
        rendered.split("\n"),
    )
    differences = tuple(comparison.level((TOP,), (TOP,), ()))
    return Drift(device, differences, comparison.others, comparison.running.is_whole)


def _without_secrets(text: str, platform: Platform) -> str:
    redacted = Redaction(Secret(HIDDEN_SECRET)).text(platform, PLACEHOLDER.sub(HIDDEN_SECRET, text))
    return TAG.sub(HIDDEN_SECRET, redacted)


Indexes = tuple[int, ...]


@dataclass(slots=True)
class _Comparison:
    table: IntentTable
    intended: Configuration
    running: Configuration
    source: Sequence[str]
    others: int = 0

    def level(self, ours: Indexes, theirs: Indexes, section: tuple[str, ...]) -> Iterator[Difference]:
        """Differences inside one section, which may be written in several parts."""
        wanted, found = _inside(self.intended, ours), _inside(self.running, theirs)
        if section and _matches(self.table.ordered, section[-1]):
            yield from self._order(wanted, found, section)
            return
        extra = [text for text in found if text not in wanted and self._counts(text, section, found[text])]
        replaced = {slot: text for text in extra if (slot := self._slot(text))}
        for text, indexes in wanted.items():
            if text in found:
                yield from self.level(indexes, found[text], (*section, text))
            elif not _matches(self.table.hidden, text):
                old = replaced.pop(self._slot(text) or "", "")
                if old:
                    extra.remove(old)
                yield self._differing(section, indexes, found.get(old, ()))
        for text in extra:
            yield self._differing(section, (), found[text])

    def _differing(self, section: tuple[str, ...], ours: Indexes, theirs: Indexes) -> Difference:
        return Difference(
            kind="changed" if ours and theirs else "missing" if ours else "extra",
            section=section,
            intended=tuple(_block(self.intended, ours)),
            running=tuple(_block(self.running, theirs)),
            typed=tuple(self._typed(ours)),
            line=theirs[0] + 1 if theirs else 0,
        )

    def _order(
        self, wanted: dict[str, Indexes], found: dict[str, Indexes], section: tuple[str, ...]
    ) -> Iterator[Difference]:
        ours = [_NUMBER.sub("", text) for text in wanted]
        theirs = [_NUMBER.sub("", text) for text in found]
        if ours != theirs:
            typed = [line for indexes in wanted.values() for line in self._typed(indexes)]
            first = min((each for indexes in found.values() for each in indexes), default=-1)
            yield Difference("order", section, tuple(ours), tuple(theirs), tuple(typed), first + 1)

    def _typed(self, indexes: Indexes) -> Iterator[str]:
        for index in indexes:
            depth = self.intended.shapes[index].indent
            for inner in (index, *_below(self.intended, index)):
                yield " " * (self.intended.shapes[inner].indent - depth) + self.source[inner].strip()

    def _counts(self, text: str, section: tuple[str, ...], indexes: Indexes) -> bool:
        """Whether a line that is not intended is a difference."""
        if text.startswith(f"{self.table.negation} ") or _matches(self.table.left, text):
            return False
        if not section and not _matches(self.table.governed, text):
            self.others += 1
            return False
        return not text.startswith("interface ") or self._is_used(indexes)

    def _is_used(self, indexes: Indexes) -> bool:
        """A port that nobody mentions counts when it does something; one that is shut down does nothing."""
        inside = [text for text in _inside(self.running, indexes) if not _matches(self.table.left, text)]
        lines = [text for text in inside if not text.startswith(f"{self.table.negation} ")]
        return bool(lines) and "shutdown" not in lines

    def _slot(self, text: str) -> str | None:
        """What a line sets, where a section can have it only once."""
        matches = (each.match(text) for each in self.table.single)
        return next((found[0] for found in matches if found), None)


def _matches(expressions: tuple[Expression, ...], text: str) -> bool:
    return any(each.match(text) for each in expressions)


def _inside(configuration: Configuration, sections: Indexes) -> dict[str, Indexes]:
    """The lines of a section, each with where it stands: more than once where a section is written in parts."""
    found: dict[str, Indexes] = {}
    for index in sections:
        for inner in configuration.children(index):
            text = _spaced(configuration.shapes[inner].text)
            found[text] = (*found.get(text, ()), inner)
    return found


def _below(configuration: Configuration, index: int) -> Iterator[int]:
    for inner in configuration.children(index):
        yield inner
        yield from _below(configuration, inner)


def _block(configuration: Configuration, indexes: Indexes) -> Iterator[str]:
    for index in indexes:
        depth = configuration.shapes[index].indent
        for inner in (index, *_below(configuration, index)):
            shape = configuration.shapes[inner]
            yield " " * (shape.indent - depth) + _spaced(shape.text)


def _spaced(text: str) -> str:
    return " ".join(text.split())
