"""Comparing two estates by their effective values, and gathering changes that hit many objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from yiwang.core.errors import Position
from yiwang.inventory.estate import Estate
from yiwang.inventory.loading.layers import leaves
from yiwang.inventory.model import KINDS

SINGLE = ("header", "addressing", "rollout")
Path = tuple[str | int, ...]
MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class Changed:
    """One value that went from old to new in these objects of a kind; None: there is none.

    ``positions`` are the places that give the new value, or gave the old one when it is gone.
    """

    kind: str
    key: str
    old: Any
    new: Any
    names: tuple[str, ...]
    positions: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs: objects that came or went, by kind, and values that changed."""

    added: Mapping[str, tuple[str, ...]]
    removed: Mapping[str, tuple[str, ...]]
    changed: tuple[Changed, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def compare(before: Estate, after: Estate) -> Difference:
    """What differs from ``before`` to ``after``, effective values counted, not lines."""
    added: dict[str, tuple[str, ...]] = {}
    removed: dict[str, tuple[str, ...]] = {}
    for kind in KINDS:
        old, new = getattr(before, kind), getattr(after, kind)
        if came := sorted(new.keys() - old.keys()):
            added[kind] = tuple(came)
        if went := sorted(old.keys() - new.keys()):
            removed[kind] = tuple(went)
    return Difference(added, removed, tuple(_changes(before, after)))


def _changes(before: Estate, after: Estate) -> Iterator[Changed]:
    groups: dict[tuple[str, Path, str, str], list[tuple[str, Any, Any]]] = {}
    for kind, name, path, old, new in _values(before, after):
        groups.setdefault((kind, path, repr(old), repr(new)), []).append((name, old, new))
    for (kind, path, _old, _new), found in groups.items():
        names = tuple(name for name, _before, _after in found)
        old, new = found[0][1:]
        source = before if new is MISSING else after
        positions = {_position(source, kind, name, path): None for name in names}
        key = ".".join(map(str, path))
        yield Changed(kind, key, _plain(old), _plain(new), names, tuple(at for at in positions if at))


def _plain(value: Any) -> Any:
    return None if value is MISSING else value


def _values(before: Estate, after: Estate) -> Iterator[tuple[str, str, Path, Any, Any]]:
    for section in SINGLE:
        kind = "estate" if section == "header" else section
        for path, old, new in _differing(getattr(before, section), getattr(after, section)):
            yield kind, kind, path, old, new
    for kind in KINDS:
        was, now = getattr(before, kind), getattr(after, kind)
        for name in sorted(was.keys() & now.keys()):
            for path, old, new in _differing(was[name], now[name]):
                yield kind, name, path, old, new


def _differing(old: Any, new: Any) -> Iterator[tuple[Path, Any, Any]]:
    if old == new:
        return
    was, now = (dict(_leaves(value)) for value in (old, new))
    for path in dict.fromkeys((*was, *now)):
        before, after = was.get(path, MISSING), now.get(path, MISSING)
        if before != after:
            yield path, before, after


def _leaves(value: Any) -> Iterator[tuple[Path, Any]]:
    for path, leaf in leaves(value.model_dump(mode="json")):
        if leaf not in (None, {}, [], ""):
            yield path, leaf


def _position(estate: Estate, kind: str, name: str, path: Path) -> Position | None:
    if kind in KINDS:
        return estate.position(kind, name, *path)
    declaration = estate.declared.single.get(kind)
    return declaration.position(*path) if declaration else None
