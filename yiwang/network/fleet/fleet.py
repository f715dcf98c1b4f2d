"""Everything that a comparison may look at: the views of all devices and what stands around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from yiwang.network.audit.finding import Wrong
from yiwang.network.fleet.view import DeviceView, Spot

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate
    from yiwang.network.platforms.model import Platform

TextKind = Literal["running", "saved", "version"]
SHOWN = 3
"""Other places that a finding names."""


def _nothing(_kind: TextKind, _device: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known beside configurations.

    ``facts`` are the newest SNMP facts of each device as plain data; ``text`` gives what was collected of a
    device, None where nothing was.
    """

    today: date
    estate: Estate | None = None
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    text: Callable[[TextKind, str], str | None] = _nothing
    platforms: Mapping[str, Platform] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fleet:
    """The devices of one audit, by name."""

    views: Mapping[str, DeviceView]
    around: Surroundings


@dataclass(frozen=True, slots=True)
class Difference:
    """What is wrong with a device beside others: at a line, or without one; ``told`` says what it was compared with."""

    device: str
    spot: Spot | None
    told: str
    verdict: Wrong = "fail"
    missing: str = ""


def unknown(device: str, missing: str) -> Difference:
    """One cannot tell for want of something."""
    return Difference(device, None, "", "cannot_tell", missing)


Comparison = Callable[[Fleet], Iterator[Difference]]


def listed(names: list[str]) -> str:
    """The first names, and how many more."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" … +{more}" if more > 0 else "")
