"""How a node stands: a pure function of what was observed of it last."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from yiwang.core.evidence import Observation

EXPIRY = re.compile(r"notAfter=(\w{3} +\d+ [\d:]+ \d{4})")
EXPIRES_SOON = timedelta(days=30)
STALE = timedelta(days=7)

STATES = ("failed", "unknown", "closed", "drifted", "expiring", "never", "stale")
"""What can be wrong with a node, the gravest first."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate on a node: as its gate is titled, and when it expires; None when that was not seen."""

    title: str
    expires: datetime | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a node stands.

    ``states`` are those of :data:`STATES` that hold, none when all is well; ``applied`` is when it was last changed as
    planned, in the run ``run``; ``seen`` is when anything was observed last, and ``newest`` what was observed last of
    each kind.  ``audit`` is the last audit of the host, which has no part in its state.
    """

    name: str
    states: tuple[str, ...] = ()
    applied: datetime | None = None
    run: str = ""
    seen: datetime | None = None
    newest: tuple[Observation, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    audit: Observation | None = None

    @property
    def worst(self) -> str:
        """The gravest of its states; ``good`` when there is none."""
        return self.states[0] if self.states else "good"


def standing_of(
    name: str, observed: Sequence[Observation], now: datetime, *, is_changed: bool = True, stale: timedelta = STALE
) -> Standing:
    """How a node stands; ``observed`` is what was seen last of each kind.

    ``is_changed`` says whether its roles have components at all, so that it can be expected to be applied.
    """
    newest = tuple(each for each in observed if _counts(each))
    apply = next((each for each in newest if each.kind == "apply"), None)
    seen = max((each.time for each in newest), default=None)
    certificates = tuple(_certificates(newest))
    found = {
        "failed": apply is not None and apply.verdict == "fail",
        "unknown": any(each.verdict == "unknown" for each in newest if each.time == seen),
        "closed": any(_is_closed(each) for each in newest),
        "drifted": _has_drifted(newest, apply),
        "expiring": any(each.expires and each.expires < now + EXPIRES_SOON for each in certificates),
        "never": is_changed and apply is None and not any(_is_as_declared(each) for each in newest),
        "stale": seen is not None and seen < now - stale,
    }
    is_applied = apply is not None and apply.verdict == "pass"
    return Standing(
        name,
        tuple(state for state in STATES if found[state]),
        apply.time if apply and is_applied else None,
        (apply.run or "") if apply else "",
        seen,
        newest,
        certificates,
        next((each for each in observed if each.kind == "host.audit"), None),
    )


def _counts(each: Observation) -> bool:
    return each.kind in ("apply", "drift", "rollback") or each.kind.startswith("gate.")


def _is_closed(each: Observation) -> bool:
    return each.kind.startswith("gate.") and each.verdict == "fail"


def _is_as_declared(each: Observation) -> bool:
    return each.kind == "drift" and each.verdict == "pass"


def _has_drifted(newest: Sequence[Observation], apply: Observation | None) -> bool:
    """What was found before the last change that succeeded has been put right since."""
    drift = next((each for each in newest if each.kind == "drift" and each.verdict == "fail"), None)
    if drift is None:
        return False
    return apply is None or apply.verdict != "pass" or apply.time < drift.time


def _certificates(newest: Sequence[Observation]) -> Iterator[Certificate]:
    for each in newest:
        if each.kind == "gate.certificate":
            yield Certificate(each.detail.get("gate", ""), _expiry(each.detail.get("seen", "")), each.verdict)


def _expiry(seen: str) -> datetime | None:
    """The moment in what openssl says: notAfter=Nov 22 05:00:00 2027 GMT."""
    found = EXPIRY.search(seen)
    if not found:
        return None
    try:
        return datetime.strptime(" ".join(found[1].split()), "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return None
