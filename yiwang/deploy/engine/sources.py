"""The controller's own files that operations read: they decide as well, and may change between two checks."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from yiwang.deploy.registry import Components, digest_of

if TYPE_CHECKING:
    from yiwang.deploy.engine.decide import Decided

Sources = tuple[tuple[str, str], ...]
"""Paths with the digests of what they hold."""


def read_by(decided: Iterable[Decided], components: Components) -> tuple[Path, ...]:
    """All files and folders of the controller that operations read."""
    found = {
        components.find(each.component).folder / name for each in decided for name in each.kind.read(each.arguments)
    }
    return tuple(sorted(found))


def sources_of(decided: Iterable[Decided], components: Components) -> Sources:
    """The files that were read beside those of the components, which a specification's digest holds already."""
    found = set()
    for each in decided:
        folder = components.find(each.component).folder
        for name in each.kind.read(each.arguments):
            path = folder / name
            if not path.is_relative_to(folder):
                found.add(str(path))
    return tuple((path, _digest(path)) for path in sorted(found))


def are_unchanged(sources: Sources) -> bool:
    """Whether every file still holds what it held."""
    return all(_digest(path) == digest for path, digest in sources)


def _digest(name: str) -> str:
    path = Path(name)
    if path.is_dir():
        return digest_of(path)
    return blake2b(path.read_bytes(), digest_size=16).hexdigest() if path.is_file() else ""
