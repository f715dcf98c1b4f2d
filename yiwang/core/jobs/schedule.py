"""Schedules: when runs begin by the clock.  Everything here is pure but for the rows' shape."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from yiwang.core.errors import JobError, code
from yiwang.core.i18n import N_
from yiwang.core.jobs.model import EPOCH

BAD_CRON = code(
    "E0513",
    N_('"{cron}" is not a cron expression: {reason}'),
    N_('write five fields: minute hour day month weekday; every night at half past two is "30 2 * * *"'),
)
BAD_ZONE = code("E0514", N_('"{timezone}" is not a time zone'), N_("write a name such as Asia/Shanghai or UTC"))
BAD_HOURS = code(
    "E0515",
    N_('"{hours}" are not allowed hours'),
    N_("write them as 22:00-06:00; leave them empty for the whole day"),
)
NEVER = code(
    "E0516",
    N_("the schedule would never begin a run: {cron} within {hours}"),
    N_("widen the allowed hours or change the cron expression; the jitter counts too"),
)

GRACE = timedelta(minutes=5)
"""A run that begins within this time after its moment is on time; later, ``catch_up`` decides."""

SLOTS_TRIED = 5000


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule's row.

    ``jitter_seconds`` spreads many schedules with one expression: each is late by its own
    constant part of it, which follows from its name.  A moment outside ``hours`` (local
    time, may pass midnight) is left out.  ``catch_up``: after a downtime begin what was
    missed ``once``, or ``skip`` it.  ``handled_until``: moments up to here are settled.
    """

    name: str
    cron: str
    kind: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    timezone: str = "Asia/Shanghai"
    hours: str = ""
    jitter_seconds: int = 0
    catch_up: Literal["skip", "once"] = "skip"
    enabled: bool = True
    handled_until: datetime = EPOCH


@dataclass(frozen=True, slots=True)
class Due:
    """A moment that has come; ``begins`` is False when it came too late and is left out."""

    moment: datetime
    begins: bool


def check(schedule: Schedule, now: datetime) -> None:
    """Raise JobError when the schedule can never work (E0513, E0514, E0515, E0516)."""
    next_moment(schedule, now)


def next_moment(schedule: Schedule, after: datetime) -> datetime:
    """The first moment after ``after`` at which a run begins, in the schedule's zone.

    Raises:
        JobError: a part of the schedule cannot be read, or there is no such moment.
    """
    late = _lateness(schedule)
    hours = _hours(schedule)
    slots = _slots(schedule, after - late)
    for slot in islice(slots, SLOTS_TRIED):
        moment = slot + late
        if _within(hours, moment):
            return moment
    raise JobError(NEVER, cron=schedule.cron, hours=schedule.hours or "00:00-24:00")


def due(schedule: Schedule, now: datetime) -> Due | None:
    """The newest moment since ``handled_until`` that has come, or None when there is nothing to do yet."""
    latest = _latest(schedule, now)
    if latest is None:
        return None
    if now - latest <= GRACE:
        return Due(latest, True)
    if schedule.catch_up == "skip":
        return Due(latest, False)
    return Due(latest, True) if _within(_hours(schedule), now.astimezone(_zone(schedule))) else None


def _latest(schedule: Schedule, now: datetime) -> datetime | None:
    late = _lateness(schedule)
    hours = _hours(schedule)
    # A clock that was a day or more ahead must not silence the schedule until it gets there again.
    settled = schedule.handled_until if schedule.handled_until < now + timedelta(days=1) else now - GRACE
    # The reverse search begins before its start, so that a moment that is just now counts.
    for slot in islice(_slots(schedule, now - late + timedelta(seconds=1), reverse=True), SLOTS_TRIED):
        moment = slot + late
        if moment <= settled:
            return None
        if _within(hours, moment):
            return moment
    return None


def _slots(schedule: Schedule, start: datetime, *, reverse: bool = False) -> CronSim:
    try:
        return CronSim(schedule.cron, start.astimezone(_zone(schedule)), reverse=reverse)
    except CronSimError as error:
        raise JobError(BAD_CRON, cron=schedule.cron, reason=error) from error


def _zone(schedule: Schedule) -> ZoneInfo:
    try:
        return ZoneInfo(schedule.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise JobError(BAD_ZONE, timezone=schedule.timezone) from error


def _lateness(schedule: Schedule) -> timedelta:
    digest = hashlib.sha256(schedule.name.encode()).digest()
    return timedelta(seconds=int.from_bytes(digest[:8]) % (schedule.jitter_seconds + 1))


def _hours(schedule: Schedule) -> tuple[time, time] | None:
    if not schedule.hours:
        return None
    begin, _dash, end = schedule.hours.partition("-")
    try:
        # Without a dash the end is empty, which is no time either.
        return time.fromisoformat(begin), time.fromisoformat(end)
    except ValueError as error:
        raise JobError(BAD_HOURS, hours=schedule.hours) from error


def _within(hours: tuple[time, time] | None, moment: datetime) -> bool:
    if hours is None:
        return True
    begin, end = hours
    at = moment.time()
    return begin <= at < end if begin < end else at >= begin or at < end
