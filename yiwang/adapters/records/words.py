"""A declaration in words, for tables and the reference."""

from __future__ import annotations

from collections.abc import Iterator

from yiwang.adapters.identifiers.registry import IDENTIFIERS
from yiwang.adapters.records.declaration import RecordField
from yiwang.core.i18n import _


def constraints(field: RecordField) -> Iterator[str]:
    """What a field's values must be beyond their type, in the language in force."""
    if field.identifier:
        identifier = IDENTIFIERS[field.identifier]
        yield f"{_(identifier.title)} ({identifier.name})"
    if field.codes:
        yield _("code of {table}").format(table=field.codes)
    if field.pattern:
        yield field.pattern
    if field.type == "text" and not field.codes and not field.identifier:
        yield f"≤ {field.longest}"
    if field.type in ("integer", "decimal") and (field.least or field.most):
        yield f"{field.lowest}–{field.highest}"
    if field.refers:
        yield _("key of {record}").format(record=field.refers)
