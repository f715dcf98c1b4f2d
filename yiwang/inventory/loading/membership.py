"""Which groups an object belongs to: those that it names, and those whose selector matches it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yiwang.inventory.estate import facts_of
from yiwang.inventory.model import Group, Region
from yiwang.inventory.selector import Selector

GROUPED_KINDS = ("nodes", "devices")


class Membership:
    """The groups of an estate with their selectors; a group without one is joined by name only."""

    def __init__(
        self,
        groups: Mapping[str, Group],
        selectors: Mapping[str, Selector],
        chains: Mapping[str, tuple[str, ...]],
        regions: Mapping[str, Region],
    ) -> None:
        self._groups = groups
        self._selectors = selectors
        self._chains = chains
        self._regions = regions
        self._asked = frozenset(term.key for selector in selectors.values() for term in selector.terms)

    def of(self, kind: str, name: str, values: Mapping[str, Any]) -> tuple[str, ...]:
        """The groups of an object with these values, which it has without any group; weakest first."""
        if not self._groups or kind not in GROUPED_KINDS:
            return ()
        facts = facts_of(kind, name, values, self._chains, self._regions, (), asked=self._asked)
        listed = values.get("groups") or ()
        return tuple(
            group
            for group in self._groups
            if group in listed or (group in self._selectors and self._selectors[group].matches(facts))
        )
