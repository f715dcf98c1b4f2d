"""What is wrong with a record, and how it is told."""

from __future__ import annotations

from typing import NamedTuple

from yiwang.adapters.identifiers.registry import IDENTIFIERS
from yiwang.adapters.records.catalogue import catalogue
from yiwang.adapters.records.declaration import Record, RecordField
from yiwang.core.i18n import N_, _

FIELD_RULES = ("missing", "type", "characters", "length", "range", "pattern", "code", "identifier")
"""The rules of a field in the order in which they are judged; the first that is broken is reported."""

WORDS = {
    "missing": N_("a value is missing"),
    "characters": N_("it holds control characters"),
    "length": N_("it must have 1 to {longest} characters"),
    "range": N_("it must be from {least} to {most}"),
    "pattern": N_("it must match {pattern}"),
    "code": N_("it must be one of {codes}"),
    "identifier": N_("it is not a valid {identifier}"),
}
TYPES = {
    "text": N_("it must be text"),
    "integer": N_("it must be a whole number"),
    "decimal": N_("it must be a number with at most {places} digits after the point"),
    "date": N_("it must be a day such as 2017-04-30"),
    "moment": N_("it must be a time such as 2017-04-30T09:00:00"),
    "boolean": N_("it must be true or false"),
}


class Problem(NamedTuple):
    """A broken rule: one of a field, or one of the record's own by its name."""

    field: str
    rule: str


def describe(record: Record, problem: Problem) -> str:
    """A problem in words, in the language in force."""
    if problem.rule in record.rules:
        return record.rules[problem.rule].title
    field = record.fields[problem.field]
    template = TYPES[field.type] if problem.rule == "type" else WORDS[problem.rule]
    return _(template).format(**_words(field))


def _words(field: RecordField) -> dict[str, object]:
    is_time = field.type in ("date", "moment")
    return {
        "longest": field.longest,
        "least": 1800 if is_time else field.lowest,
        "most": 2999 if is_time else field.highest,
        "places": field.places,
        "pattern": field.pattern or "",
        "codes": ", ".join(sorted(catalogue().codes(field))),
        "identifier": _(IDENTIFIERS[field.identifier].title) if field.identifier else "",
    }
