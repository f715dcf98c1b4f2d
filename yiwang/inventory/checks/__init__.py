"""Checks beyond the schema, one file a topic.  Each is ``check(estate) -> Iterator[Finding]``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from yiwang.core.errors import Finding, in_reading_order
from yiwang.inventory.estate import Estate

Check = Callable[[Estate], Iterator[Finding]]


def check_estate(estate: Estate) -> tuple[Finding, ...]:
    """All findings of all checks, in reading order."""
    from yiwang.inventory.checks.registry import CHECKS

    return in_reading_order(finding for check in CHECKS for finding in check(estate))
