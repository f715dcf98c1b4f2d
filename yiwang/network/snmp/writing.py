"""Proof that an account can only read: it is made to try to write, with the value that is there already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from yiwang.network.snmp import faults
from yiwang.network.snmp.facts.system import CONTACT, LOCATION, NAME
from yiwang.network.snmp.faults import SnmpError
from yiwang.network.snmp.session import Session, Target

TRIED = (CONTACT, NAME, LOCATION)
"""What the standard lets be written (RFC 3418), and what does no harm."""
CONCLUSIVE = {"noAccess", "authorizationError"}
"""Refusals of the account; the others are refusals of the object, which say nothing of the account."""


@dataclass(frozen=True, slots=True)
class WriteAttempt:
    """``refused``: the account may not write; ``accepted``: it may; ``unknown``: the device told neither.

    ``objects`` are those it was tried on, with the device's word for each.
    """

    verdict: Literal["refused", "accepted", "unknown"]
    objects: tuple[tuple[str, str], ...]


async def try_to_write(session: Session, target: Target) -> WriteAttempt:
    """Write to a device what it holds anyway.

    Raises:
        SnmpError: the device cannot be asked at all.
    """
    held = await session.get(TRIED)
    words = []
    for oid in TRIED:
        value = held.get(oid, b"")
        words.append((oid, await _attempt(session, oid, value if isinstance(value, bytes) else b"")))
    told = {word for _oid, word in words}
    verdict: Literal["refused", "accepted", "unknown"] = "unknown"
    if "" in told:
        verdict = "accepted"
    elif told & CONCLUSIVE:
        verdict = "refused"
    return WriteAttempt(verdict, tuple(words))


async def _attempt(session: Session, oid: str, value: bytes) -> str:
    """The device's word, empty when it accepts."""
    try:
        await session.set(oid, value)
    except SnmpError as problem:
        if problem.error in (faults.NO_ANSWER, faults.NO_ACCESS, faults.DEVICE_FAULT):
            return str(problem.values.get("status", "silence"))
        raise
    return ""
