"""The system group (RFC 3418) and the clock (RFC 2790)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from yiwang.network.snmp.facts.text import number, text
from yiwang.network.snmp.session import Value

DESCRIPTION, OBJECT_ID, UPTIME, CONTACT, NAME, LOCATION = (f"1.3.6.1.2.1.1.{number}.0" for number in range(1, 7))
DATE = "1.3.6.1.2.1.25.1.2.0"
GROUP = (DESCRIPTION, OBJECT_ID, UPTIME, CONTACT, NAME, LOCATION)
LOCAL_OCTETS, ZONED_OCTETS = 8, 11


@dataclass(frozen=True, slots=True)
class System:
    """Who a device says it is; ``object_id`` is the vendor's number of the model."""

    name: str
    description: str
    object_id: str
    location: str = ""
    contact: str = ""
    uptime_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """A device's clock: ``time`` is naive where the device does not say its time zone, and then there is no skew."""

    time: datetime
    skew_seconds: float | None = None


def system(values: Mapping[str, Value]) -> System:
    """From what a device answers for ``GROUP``."""
    ticks = number(values.get(UPTIME))
    return System(
        name=text(values.get(NAME)),
        description=text(values.get(DESCRIPTION)),
        object_id=text(values.get(OBJECT_ID)),
        location=text(values.get(LOCATION)),
        contact=text(values.get(CONTACT)),
        uptime_seconds=None if ticks is None else ticks // 100,
    )


def clock(value: Value | None, now: datetime) -> Clock | None:
    """From DateAndTime (RFC 2579): eight octets of local time, eleven with the time zone; ``now`` is ours, aware."""
    if not isinstance(value, bytes) or len(value) not in (LOCAL_OCTETS, ZONED_OCTETS):
        return None
    year, (month, day, hour, minute, second, tenth) = int.from_bytes(value[:2], "big"), value[2:8]
    try:
        # 60 is a leap second, which Python has not.
        at = datetime(year, month, day, hour, minute, min(second, 59), tenth * 100_000, _zone(value))
    except ValueError:
        return None
    return Clock(at, (at - now).total_seconds() if at.tzinfo else None)


def _zone(value: bytes) -> timezone | None:
    if len(value) == LOCAL_OCTETS:
        return None
    sign = -1 if value[8:9] == b"-" else 1
    return timezone(sign * timedelta(hours=value[9], minutes=value[10]))
