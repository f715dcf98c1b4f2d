"""How much of a capture was understood."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from yiwang.network.configuration.line import Kind
from yiwang.network.configuration.tree import TOP, Configuration


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts of lines that are not blank; ``stray`` are the numbers, from 1, of those with no place in the tree."""

    lines: int
    commands: int
    comments: int
    texts: int
    stray: tuple[int, ...]

    @property
    def share(self) -> float:
        """The part of the lines that has its place, 0 to 1; 1 for an empty capture."""
        return 1 - len(self.stray) / self.lines if self.lines else 1.0


def coverage(configuration: Configuration) -> Coverage:
    """Count the lines of a capture by what they are.

    Stray are lines with control characters left in them, indented lines that no section opened although
    the platform begins its own at the margin, and commands after the end of the configuration.
    """
    written = [index for index, line in enumerate(configuration.lines) if line.strip()]
    kinds = Counter(configuration.shapes[index].kind for index in written)
    stray = _stray(configuration, written)
    return Coverage(
        lines=len(written),
        commands=kinds[Kind.command] + kinds[Kind.banner],
        comments=kinds[Kind.comment] + kinds[Kind.closer] + kinds[Kind.end],
        texts=kinds[Kind.noise],
        stray=tuple(index + 1 for index in stray),
    )


def _stray(configuration: Configuration, written: list[int]) -> list[int]:
    shapes, parents = configuration.shapes, configuration.parents
    found = []
    margin = configuration.grammar.margin
    is_over = False
    for index in written:
        each = shapes[index]
        is_command = each.kind in (Kind.command, Kind.banner)
        is_orphan = is_command and each.indent > margin and parents[index] == TOP
        if each.kind is Kind.damaged or is_orphan or (is_command and is_over):
            found.append(index)
        is_over = is_over or each.kind is Kind.end
    return found
