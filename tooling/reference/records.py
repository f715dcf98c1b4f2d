"""The page of canonical records: fields, rules, codes and identifiers, from their declarations."""

from __future__ import annotations

from collections.abc import Iterator

from tooling.reference.words import table, word
from yiwang.adapters.identifiers.registry import IDENTIFIERS
from yiwang.adapters.records.catalogue import CodeTable, catalogue
from yiwang.adapters.records.declaration import Record
from yiwang.adapters.records.words import constraints
from yiwang.core.i18n import _


def records_page() -> Iterator[str]:
    """Every record, every table of codes and every kind of identifier."""
    known = catalogue()
    yield word(
        "A value is text in the form that `yiwang records check` takes, or a value of the type: days are 2017-04-30, "
        "moments 2017-04-30T09:00:00 in Beijing time. A field reports the first rule that it breaks; rules about "
        "several fields are judged once each field is right."
    )
    for record in known.records.values():
        yield from _record(record)
    yield from ("", f"## {word('Codes')}")
    for name, codes in known.tables.items():
        yield from _codes(name, codes)
    yield from ("", f"## {word('Identifiers')}", "")
    rows = (
        (f"`{each.name}`", _(each.title), each.standard, f"`{each.pattern}`", f"`{each.example}`")
        for each in IDENTIFIERS.values()
    )
    yield from table((word("name"), word("meaning"), word("standard"), word("form"), word("example")), rows)


def _record(record: Record) -> Iterator[str]:
    key = ", ".join(f"`{field}`" for field in record.key)
    standard = f"; {record.standard}" if record.standard else ""
    yield from (
        "",
        f"## {record.name}",
        "",
        f"{record.title}; {word('version')} {record.version}; {word('key')} {key}{standard}",
        "",
    )
    rows = (
        (
            f"`{name}`",
            field.title,
            field.type,
            word("required") if field.required else "",
            field.sensitivity.value,
            ", ".join(f"`{each}`" if each == field.pattern else each for each in constraints(field)),
        )
        for name, field in record.fields.items()
    )
    headings = ("field", "meaning", "type", "required", "sensitivity", "rules")
    yield from table([word(each) for each in headings], rows)
    if record.rules:
        yield ""
        told = (
            (f"`{name}`", rule.title, ", ".join(f"`{field}`" for field in rule.fields))
            for name, rule in record.rules.items()
        )
        yield from table((word("rule"), word("meaning"), word("fields")), told)


def _codes(name: str, codes: CodeTable) -> Iterator[str]:
    standard = f" ({codes.standard})" if codes.standard else ""
    yield from (
        "",
        f"### {name}",
        "",
        f"{codes.title}{standard}: " + "; ".join(f"`{each}` {codes.name(each)}" for each in codes.codes),
    )
