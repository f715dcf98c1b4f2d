"""Selectors: ``county=410621,role=exchange|web,name!=core-*``.

Terms are joined by commas and must all hold.  A term is ``key=value`` or ``key!=value``;
values are joined by ``|``, may hold the globs ``*`` and ``?``, and a region is named by its
code or its title.  ``region=`` also matches everything below that region.  A word without
``=`` is a name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from yiwang.core.errors import UsageError, code, suggestion
from yiwang.core.i18n import N_

KEYS = (
    "name",
    "kind",
    "region",
    "province",
    "city",
    "county",
    "township",
    "village",
    "level",
    "zone",
    "role",
    "platform",
    "site",
    "organisation",
    "group",
    "tag",
)

UNKNOWN_SELECTOR_KEY = code(
    "E1020",
    N_('selector: the key "{key}" is unknown{suggestion}'),
    N_("known keys: {known}"),
)
EMPTY_SELECTOR_TERM = code(
    "E1021",
    N_('selector: "{term}" has no value'),
    N_("write key=value, for example county=410621"),
)

Facts = Mapping[str, Sequence[str]]
"""What a selector looks at: for each key the values that hold for an object."""


@dataclass(frozen=True, slots=True)
class Term:
    """One condition on one key."""

    key: str
    patterns: tuple[str, ...]
    negated: bool = False

    def matches(self, facts: Facts) -> bool:
        """Whether any value of the key fits any pattern; a negated term holds when none does."""
        values = facts.get(self.key, ())
        found = any(fnmatchcase(value, pattern) for pattern in self.patterns for value in values)
        return found is not self.negated


@dataclass(frozen=True, slots=True)
class Selector:
    """All terms must hold; no term matches everything."""

    terms: tuple[Term, ...] = ()

    def matches(self, facts: Facts) -> bool:
        """Whether an object with these facts is selected."""
        return all(term.matches(facts) for term in self.terms)


def parse_selector(text: str) -> Selector:
    """Read a selector.

    Raises:
        UsageError: a key is unknown or a term has no value.
    """
    return Selector(tuple(_term(part.strip()) for part in text.split(",") if part.strip()))


def _term(text: str) -> Term:
    key, equals, value = text.partition("=")
    if not equals:
        return Term("name", tuple(text.split("|")))
    negated = key.endswith("!")
    key = key.removesuffix("!").strip()
    if key not in KEYS:
        raise UsageError(UNKNOWN_SELECTOR_KEY, key=key, suggestion=suggestion(key, KEYS), known=", ".join(KEYS))
    patterns = tuple(part.strip() for part in value.split("|") if part.strip())
    if not patterns:
        raise UsageError(EMPTY_SELECTOR_TERM, term=text)
    return Term(key, patterns, negated)
