"""How far the hand-over is: devices handed over of all devices, from the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from yiwang.core.evidence import Evidence, Observation
from yiwang.inventory.estate import Estate

HANDED = "handover.handed"
"""The kind of the evidence that a device is in a package (pass), or no longer counts (fail)."""
RECEIPT = "handover.receipt"
State = Literal["received", "sealed", "expired", "renewed", "no"]


@dataclass(frozen=True, slots=True)
class Standing:
    """One device: its state, the package it is in and until when it counts; ``received`` needs a receipt."""

    device: str
    state: State
    package: str = ""
    expires: str = ""

    @property
    def counts(self) -> bool:
        """Whether the device is handed over: sealed and not expired, with a receipt or without one yet."""
        return self.state in ("received", "sealed")


def standings(estate: Estate, evidence: Evidence, today: date) -> tuple[Standing, ...]:
    """How every device of the estate stands, in name order."""
    handed = {each.subject.name: each for each in evidence.latest(subject_kind="device", kind=HANDED)}
    receipts = {each.subject.name for each in evidence.latest(subject_kind="package", kind=RECEIPT)}
    return tuple(_standing(name, handed.get(name), receipts, today) for name in sorted(estate.devices))


def _standing(device: str, seen: Observation | None, receipts: set[str], today: date) -> Standing:
    if seen is None:
        return Standing(device, "no")
    package, expires = str(seen.detail.get("package", "")), str(seen.detail.get("expires", ""))
    state: State = "received" if package in receipts else "sealed"
    if seen.verdict != "pass":
        state = "renewed"
    elif date.fromisoformat(expires) < today:
        state = "expired"
    return Standing(device, state, package, expires)
