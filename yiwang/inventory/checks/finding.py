"""Making a finding about a declared object."""

from __future__ import annotations

from typing import Any

from yiwang.core.errors import ErrorCode, Finding
from yiwang.inventory.estate import Estate
from yiwang.inventory.loading.declarations import subject_of


def finding(
    estate: Estate,
    error: ErrorCode,
    severity: str,
    at: tuple[Any, ...],
    **values: Any,
) -> Finding:
    """A finding at ``(kind, name, *path)``; severity is error, warning or advice."""
    kind, name, *path = at
    position = estate.position(kind, name, *path)
    return Finding(error, severity, position, subject_of(kind, name), values)
