"""The lines that lead a device back to its intent: first what has to go, then what has to come, section by section."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from yiwang.network.intent.drift import Difference, Drift
from yiwang.network.intent.table import IntentTable


def remediation(drift: Drift, table: IntentTable) -> Iterator[str]:
    """Lines to type, in order.  Secrets stand in them as placeholders with their references."""
    ordered = sorted(enumerate(drift.differences), key=lambda each: (each[1].section, each[0]))
    places = {each.section: place for place, each in reversed(list(enumerate(drift.differences)))}
    ordered.sort(key=lambda each: (places[each[1].section], each[0]))
    for section, group in groupby((each for _place, each in ordered), key=lambda each: each.section):
        yield from _of_section(section, list(group), table)


def _of_section(section: tuple[str, ...], differences: list[Difference], table: IntentTable) -> Iterator[str]:
    if any(each.kind == "order" for each in differences):
        # Lines cannot be moved: the whole section is written anew.
        yield from _indented(_negated(section[-1], table).split("\n"), len(section) - 1)
    for depth, head in enumerate(section):
        yield " " * depth + head
    for each in differences:
        if each.kind == "extra":
            yield from _indented(_negated(each.running[0], table).split("\n"), len(section))
    for each in differences:
        yield from _indented(each.typed, len(section))


def _indented(lines: tuple[str, ...] | list[str], depth: int) -> Iterator[str]:
    return (" " * depth + line for line in lines)


def _negated(line: str, table: IntentTable) -> str:
    for each in table.removal:
        if found := each.shown.match(line):
            return found.expand(each.typed)
    return f"{table.negation} {line}"
