"""From what pysnmp says of a request to the error that a person reads."""

from __future__ import annotations

from typing import Any

from pysnmp.proto import errind

from yiwang.core.errors import ErrorCode
from yiwang.network.snmp import faults
from yiwang.network.snmp.credential import User
from yiwang.network.snmp.faults import SnmpError
from yiwang.network.snmp.reference.engine import Outcome
from yiwang.network.snmp.reference.wire import place
from yiwang.network.snmp.session import Target

REPORTED: dict[type[Any], ErrorCode] = {
    errind.WrongDigest: faults.WRONG_PASS_PHRASE,
    errind.UnknownUserName: faults.UNKNOWN_USER,
    errind.UnknownSecurityName: faults.UNKNOWN_USER,
    errind.UnsupportedSecurityLevel: faults.UNSUPPORTED_LEVEL,
    errind.DecryptionError: faults.WRONG_PRIVACY,
}
STATUS = {
    1: "tooBig",
    2: "noSuchName",
    3: "badValue",
    4: "readOnly",
    5: "genErr",
    6: "noAccess",
    10: "wrongValue",
    11: "noCreation",
    13: "resourceUnavailable",
    16: "authorizationError",
    17: "notWritable",
}
"""RFC 3416, error-status."""
TOO_BIG = 1
REFUSALS = {"noSuchName", "readOnly", "noAccess", "noCreation", "authorizationError", "notWritable"}


def status_word(status: int) -> str:
    """An error status in the standard's word."""
    return STATUS.get(status, str(status))


def refused(target: Target, status: int, about: str) -> SnmpError:
    """The error for an answer with an error status."""
    word = status_word(status)
    kind = faults.NO_ACCESS if word in REFUSALS else faults.DEVICE_FAULT
    return SnmpError(kind, device=target.name, object=about, status=word)


def unanswered(target: Target, outcome: Outcome, *, is_only_met: bool) -> SnmpError:
    """The error for a request without an answer; ``is_only_met``: the device told who it is, but no more."""
    user = target.credential.name if isinstance(target.credential, User) else ""
    values: dict[str, Any] = {"device": target.name, "address": target.place, "user": user, "attempts": target.attempts}
    if outcome.answer is not None:
        return SnmpError(faults.WRONG_SOURCE, device=target.name, address=target.place, source=_text(outcome.source))
    for kind, error in REPORTED.items():
        if isinstance(outcome.failure, kind):
            return SnmpError(error, **values)
    if outcome.heard:
        return SnmpError(faults.MALFORMED, **values)
    if is_only_met and user:
        return SnmpError(faults.WRONG_PRIVACY, **values)
    return SnmpError(faults.NO_ANSWER, **values)


def is_final(outcome: Outcome) -> bool:
    """Whether asking again would bring the same."""
    return any(isinstance(outcome.failure, kind) for kind in REPORTED)


def is_believable(target: Target, outcome: Outcome) -> bool:
    """Whether the answer came from where the question went."""
    return outcome.answer is not None and outcome.source == place(target.address, target.port)[:2]


def _text(source: tuple[str, int]) -> str:
    return f"[{source[0]}]:{source[1]}" if ":" in source[0] else f"{source[0]}:{source[1]}"
