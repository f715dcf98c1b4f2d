"""Layers: from the estate's defaults over city, county, township and groups to the object itself.

The most specific layer wins.  Mappings are merged key by key, lists and texts replace each
other whole, and an empty value (``null``) takes a value away again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yiwang.core.errors import Position
from yiwang.inventory.loading.declarations import SINGULAR, Declaration


@dataclass(frozen=True, slots=True)
class Layer:
    """Values for an object, and the place in a declaration where they stand."""

    label: str
    data: Mapping[str, Any]
    declaration: Declaration
    path: tuple[str, ...] = ()

    def position(self, path: Sequence[str | int], *, of_key: bool = False) -> Position:
        """Where this layer gives the value at ``path``."""
        return self.declaration.position(*self.path, *path, of_key=of_key)


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``over`` laid on ``base``; neither is changed."""
    merged = dict(base)
    for key, value in over.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict):
            below = merged.get(key)
            merged[key] = merge(below, value) if isinstance(below, dict) else _without_nulls(value)
        else:
            merged[key] = value
    return merged


def _without_nulls(data: dict[str, Any]) -> dict[str, Any]:
    """The mapping without empty values at any depth; the same object where there is none."""
    if None in data.values():
        data = {key: value for key, value in data.items() if value is not None}
    for key, value in data.items():
        if isinstance(value, dict) and (clean := _without_nulls(value)) is not value:
            return merge({}, data | {key: clean})
    return data


def holds(data: Any, path: Sequence[str | int]) -> bool:
    """Whether there is a value at ``path``."""
    for part in path:
        if isinstance(data, Mapping):
            if part not in data:
                return False
        elif not isinstance(data, list) or not isinstance(part, int) or part >= len(data):
            return False
        data = data[part]
    return True


def laid(layers: Iterable[Layer]) -> dict[str, Any]:
    """The values of all layers laid on each other, the weakest first."""
    values: dict[str, Any] = {}
    for layer in layers:
        values = merge(values, layer.data)
    return values


def strongest(layers: Sequence[Layer], path: Sequence[str | int]) -> Layer | None:
    """The layer that gives the value at ``path``, the most specific first."""
    return next((layer for layer in reversed(layers) if holds(layer.data, path)), None)


def position_of(layers: Sequence[Layer], path: Sequence[str | int], *, of_key: bool = False) -> Position:
    """Where the value at ``path`` comes from; the object's own name where no layer gives it."""
    for length in range(len(path), 0, -1):
        if layer := strongest(layers, path[:length]):
            return layer.position(path[:length], of_key=of_key and length == len(path))
    return layers[-1].position(())


def leaves(data: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every single value with its path; a list counts as one value."""
    if isinstance(data, Mapping) and data:
        for key, value in data.items():
            yield from leaves(value, (*above, key))
    else:
        yield above, data


def defaults_layer(label: str, declaration: Declaration, kind: str, path: tuple[str, ...]) -> Layer | None:
    """The layer of an object kind in a ``defaults`` mapping, if it gives any value."""
    data: Any = declaration.data
    for part in (*path, SINGULAR[kind]):
        data = data.get(part) if isinstance(data, dict) else None
    return Layer(label, data, declaration, (*path, SINGULAR[kind])) if isinstance(data, dict) else None
