"""Checks beyond the schema, one file a topic.  Each is ``check(estate) -> Iterator[Finding]``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from yiwang.core.errors import Finding
from yiwang.inventory.estate import Estate

Check = Callable[[Estate], Iterator[Finding]]


def check_estate(estate: Estate) -> tuple[Finding, ...]:
    """All findings of all checks, in reading order."""
    from yiwang.inventory.checks.registry import CHECKS

    found = [finding for check in CHECKS for finding in check(estate)]
    return tuple(sorted(found, key=lambda f: (str(f.position.file), f.position.line, f.position.column, f.error.id)))
