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
    """One condition on one key: plain words and globs, of which one must fit."""

    key: str
    words: frozenset[str]
    globs: tuple[str, ...] = ()
    negated: bool = False

    def matches(self, facts: Facts) -> bool:
        """Whether any value of the key fits; a negated term holds when none does."""
        values = facts.get(self.key, ())
        found = not self.words.isdisjoint(values)
        if self.globs and not found:
            found = any(fnmatchcase(value, glob) for glob in self.globs for value in values)
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
        return _fitting("name", text)
    negated = key.endswith("!")
    key = key.removesuffix("!").strip()
    if key not in KEYS:
        raise UsageError(UNKNOWN_SELECTOR_KEY, key=key, suggestion=suggestion(key, KEYS), known=", ".join(KEYS))
    term = _fitting(key, value, negated=negated)
    if not term.words and not term.globs:
        raise UsageError(EMPTY_SELECTOR_TERM, term=text)
    return term


def _fitting(key: str, alternatives: str, *, negated: bool = False) -> Term:
    patterns = [part.strip() for part in alternatives.split("|") if part.strip()]
    globs = tuple(pattern for pattern in patterns if any(sign in pattern for sign in "*?["))
    return Term(key, frozenset(patterns).difference(globs), globs, negated)
