"""Changes that are the same on many targets, shown once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from yiwang.deploy.plan import PlannedTarget


@dataclass(frozen=True, slots=True)
class Group:
    """One change, as plain data, and every target on which it is to be made."""

    change: Mapping[str, Any]
    targets: tuple[str, ...]


def grouped(targets: Iterable[PlannedTarget]) -> tuple[Group, ...]:
    """Every change once, in the order in which it is made, with its targets by name."""
    changes: dict[str, Mapping[str, Any]] = {}
    found: dict[str, list[str]] = {}
    for target in targets:
        for change in target.changes:
            changes.setdefault(change["digest"], change)
            found.setdefault(change["digest"], []).append(target.name)
    return tuple(Group(changes[digest], tuple(sorted(names))) for digest, names in found.items())
