"""The hours in which changes may begin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta


def is_allowed(moment: datetime, hours: str, weekdays: Sequence[int]) -> bool:
    """Whether changes may begin at a moment of the estate's time zone.

    ``hours`` is a span such as 22:00-06:00, which may cross midnight, or empty for the whole day.  The
    hours after midnight belong to the day on which the span began.
    """
    if not hours:
        return _is_day(moment, weekdays)
    begin, end = (time.fromisoformat(each) for each in hours.split("-"))
    now = moment.time()
    if begin < end:
        return begin <= now < end and _is_day(moment, weekdays)
    if now >= begin:
        return _is_day(moment, weekdays)
    return now < end and _is_day(moment - timedelta(days=1), weekdays)


def _is_day(moment: datetime, weekdays: Sequence[int]) -> bool:
    return not weekdays or moment.isoweekday() in weekdays
