"""Components: what a node's role consists of, written as ordinary pyinfra operations.

A component is a Python file that sets ``COMPONENT``.  It comes from Yiwang itself, from an installed
package (entry point group ``yiwang.components``), or from the folder ``components`` of an estate.  Its
``deploy`` must depend on nothing but its values, the files beside it and the node's facts: a check that
found nothing to change is repeated only when one of those has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yiwang.core.validation import Declared
from yiwang.core.vault.secret import Secret

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate

Secrets = Callable[[str], Secret]
"""Opens a secret by its reference, ``vault:…``, at the last moment."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A probe that must pass after the component was applied, with its arguments."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


def nothing_derived(estate: Estate, name: str) -> Mapping[str, Any]:
    """A component whose values do not follow from the rest of the estate."""
    return {}


def no_gates(spec: Any) -> tuple[Gate, ...]:
    """A component that asks for no gates of its own."""
    return ()


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a node.

    ``spec`` is the model of its values; ``derive`` gives those of them that follow from the estate for the
    node of a name (what the node says under ``vars`` is stronger).  ``deploy`` calls pyinfra's operations,
    ``gates`` says what must hold afterwards, ``clauses`` are the clauses of GB/T 22239 that it serves, such
    as ``8.1.4.1``.
    """

    name: str
    title: str
    spec: type[Declared]
    deploy: Callable[[Any, Secrets], None]
    derive: Callable[[Estate, str], Mapping[str, Any]] = nothing_derived
    gates: Callable[[Any], tuple[Gate, ...]] = no_gates
    clauses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """A component with the folder of its files and the digest of what is in there."""

    component: Component
    folder: Path
    code: str
