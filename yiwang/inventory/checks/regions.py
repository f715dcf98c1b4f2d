"""Regions: one tree from the estate's own region down, each level below the one above."""

from __future__ import annotations

from collections.abc import Iterator

from yiwang.core.errors import Finding, code, suggestion
from yiwang.core.i18n import N_
from yiwang.inventory.checks.finding import finding
from yiwang.inventory.checks.references import UNKNOWN_REGION
from yiwang.inventory.estate import Estate
from yiwang.inventory.model import LEVELS

ROOT_MISSING = code(
    "E1106",
    N_('the estate\'s own division "{given}" is not declared'),
    N_("add it under `regions:` with title and level"),
)
PARENT_CIRCLE = code(
    "E1107",
    N_("the divisions above it lead back to itself: {chain}"),
    N_("correct `parent`"),
)
LEVEL_ORDER = code(
    "E1108",
    N_('a {level} cannot lie below "{parent}", which is a {parent_level}'),
    N_("correct `level` or `parent`"),
)
OUTSIDE = code(
    "E1109",
    N_("the division is not below the estate's own division {root}"),
    N_("set `parent`, so that the chain ends at {root}"),
)


def check(estate: Estate) -> Iterator[Finding]:
    """The tree of regions is whole."""
    root = estate.header.region
    if root not in estate.declared.objects["regions"]:
        at = estate.declared.single["estate"].position("region")
        yield Finding(ROOT_MISSING, "error", at, "estate", {"given": root})
        return
    for code_, region in estate.regions.items():
        parent = region.parent
        if parent is not None and parent not in estate.declared.objects["regions"]:
            near = suggestion(parent, estate.regions)
            yield finding(estate, UNKNOWN_REGION, "error", ("regions", code_, "parent"), given=parent, suggestion=near)
        elif parent is not None and parent in estate.regions:
            yield from _order(estate, code_, parent)
        elif code_ != root:
            yield finding(estate, OUTSIDE, "error", ("regions", code_), root=root)


def _order(estate: Estate, code_: str, parent: str) -> Iterator[Finding]:
    chain = [code_]
    while (above := estate.regions[chain[-1]].parent) in estate.regions and above is not None:
        if above in chain:
            shown = " → ".join((*chain, above))
            yield finding(estate, PARENT_CIRCLE, "error", ("regions", code_, "parent"), chain=shown)
            return
        chain.append(above)
    level, over = estate.regions[code_].level, estate.regions[parent].level
    if LEVELS.index(level) <= LEVELS.index(over):
        values = {"level": level, "parent": parent, "parent_level": over}
        yield finding(estate, LEVEL_ORDER, "error", ("regions", code_, "level"), **values)
