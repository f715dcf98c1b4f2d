"""Where each effective value of an object came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from yiwang.inventory.estate import Estate
from yiwang.inventory.loading.layers import Layer, holds, laid, leaves, strongest
from yiwang.inventory.lookup import find_object


@dataclass(frozen=True, slots=True)
class Explanation:
    """One effective value: its dotted key, the layer and ``file:line:column`` that gave it."""

    key: str
    value: Any
    layer: str
    position: str
    overrides: tuple[tuple[str, Any], ...] = ()
    """(layer, value) of every weaker layer that also gave a value, weakest first."""


def explain_object(estate: Estate, given: str) -> Iterator[Explanation]:
    """Every value that a file gives to the object, in the order of the layers' merging.

    Raises:
        NotFoundError: nothing is called ``given``.
    """
    kind, name, _value = find_object(estate, given)
    layers = estate.layers(kind, name)
    for path, value in leaves(laid(layers)):
        yield _explanation(estate, layers, path, value)


def _explanation(estate: Estate, layers: tuple[Layer, ...], path: tuple[str | int, ...], value: Any) -> Explanation:
    winner = strongest(layers, path) or layers[-1]
    weaker = [layer for layer in layers[: layers.index(winner)] if holds(layer.data, path)]
    at = winner.position(path)
    shown = at.file.relative_to(estate.folder) if at.file.is_relative_to(estate.folder) else at.file
    return Explanation(
        ".".join(map(str, path)),
        value,
        winner.label,
        f"{shown}:{at.line}:{at.column}",
        tuple((layer.label, _at(layer.data, path)) for layer in weaker),
    )


def _at(data: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        data = data[part]
    return data
