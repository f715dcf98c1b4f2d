"""Territory: a division with all that lies below it, as deep as an estate needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from yiwang.inventory.divisions import Division, divisions_below, townships, upper_divisions
from yiwang.inventory.model.region import Level

Depth = Literal["county", "township", "village"]
DEPTHS: tuple[Depth, ...] = ("county", "township", "village")


@dataclass(frozen=True, slots=True, eq=False)
class Territory:
    """A division and the territories directly below it; compared by identity, as a tree is large.

    ``townships`` counts townships that are not among ``below``, because the tree ends above them.
    """

    code: str
    name: str
    level: Level
    parent: str | None
    below: tuple[Territory, ...] = ()
    townships: int = 0

    def walk(self) -> Iterator[Territory]:
        """This territory and all below it, from the top, in the order of codes."""
        yield self
        for each in self.below:
            yield from each.walk()


def territory(
    division: Division, depth: Depth = "township", villages: Mapping[str, tuple[Division, ...]] | None = None
) -> Territory:
    """The tree below a division; its own parent is left out.  ``villages`` by township, for that depth."""
    return _territory(division, depth, villages or {}, None)


@cache
def country() -> Territory:
    """All of China down to the counties, which know how many townships they have."""
    below = tuple(_territory(each, "county", {}, None) for each in divisions_below(""))
    return Territory("", "", "province", None, below)


def _territory(
    division: Division, depth: Depth, villages: Mapping[str, tuple[Division, ...]], parent: str | None
) -> Territory:
    below = [_territory(each, depth, villages, division.code) for each in _below(division, depth, villages)]
    counted = division.townships if depth == "county" else 0
    return Territory(division.code, division.name, division.level, parent, tuple(below), counted)


def _below(division: Division, depth: Depth, villages: Mapping[str, tuple[Division, ...]]) -> tuple[Division, ...]:
    if division.level in ("township", "village"):
        return villages.get(division.code, ()) if depth == "village" else ()
    found = divisions_below(division.code)
    if depth != "county":
        found += townships(division.code[:2]).get(division.code, ())
    return found


def lineage(code: str) -> tuple[str, ...]:
    """The codes from the province down to a province, city or county."""
    above = upper_divisions()[code].parent
    return (*(lineage(above) if above else ()), code)
