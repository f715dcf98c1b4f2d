"""Schedules: moments, jitter, allowed hours, catching up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.core.errors import JobError
from yiwang.core.jobs.schedule import GRACE, Due, Schedule, check, due, next_moment

CHINA = ZoneInfo("Asia/Shanghai")
NIGHTLY = Schedule("nightly", "30 2 * * *", "rehearse", handled_until=datetime(2026, 11, 20, 0, 0, tzinfo=CHINA))


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=CHINA)


def test_a_schedule_follows_the_clock_of_its_own_zone() -> None:
    assert next_moment(NIGHTLY, datetime(2026, 11, 20, 12, 0, tzinfo=UTC)) == _at(21, 2, 30)


@given(st.text(min_size=1, max_size=20), st.integers(0, 3600))
def test_jitter_delays_a_schedule_always_by_the_same_part_of_it(name: str, jitter: int) -> None:
    schedule = replace(NIGHTLY, name=name, jitter_seconds=jitter)

    first = next_moment(schedule, _at(20, 12)) - _at(21, 2, 30)
    second = next_moment(schedule, _at(21, 12)) - _at(22, 2, 30)

    assert timedelta(0) <= first == second <= timedelta(seconds=jitter)


def test_different_names_spread_over_the_jitter() -> None:
    schedules = [replace(NIGHTLY, name=f"county-{number}", jitter_seconds=3600) for number in range(50)]

    moments = {next_moment(schedule, _at(20, 12)) for schedule in schedules}

    assert len(moments) > 40


def test_moments_outside_the_allowed_hours_are_left_out() -> None:
    hourly = Schedule("hourly", "0 * * * *", "rehearse", hours="22:00-02:00")

    moments = [next_moment(hourly, _at(20, 12))]
    for _number in range(4):
        moments.append(next_moment(hourly, moments[-1]))

    assert [moment.hour for moment in moments] == [22, 23, 0, 1, 22]


@pytest.mark.parametrize(
    ("schedule", "code"),
    [
        (replace(NIGHTLY, cron="61 * * * *"), "E0513"),
        (replace(NIGHTLY, cron="every day"), "E0513"),
        (replace(NIGHTLY, cron=""), "E0513"),
        (replace(NIGHTLY, timezone="Asia/Hebi"), "E0514"),
        (replace(NIGHTLY, timezone="../etc/passwd"), "E0514"),
        (replace(NIGHTLY, hours="22-6"), "E0515"),
        (replace(NIGHTLY, hours="22:00"), "E0515"),
        (replace(NIGHTLY, hours="22:00-25:00"), "E0515"),
        (replace(NIGHTLY, hours="12:00-13:00"), "E0516"),
        (replace(NIGHTLY, cron="0 0 30 2 *"), "E0513"),
    ],
)
def test_a_schedule_that_can_never_work_is_refused_with_a_code(schedule: Schedule, code: str) -> None:
    with pytest.raises(JobError) as caught:
        check(schedule, _at(20, 12))

    assert caught.value.error.id == code


def test_nothing_is_due_before_its_moment() -> None:
    assert due(NIGHTLY, _at(20, 2, 29)) is None


def test_a_moment_is_due_the_second_it_comes_and_only_until_it_is_handled() -> None:
    found = due(NIGHTLY, _at(20, 2, 30))

    assert found == Due(_at(20, 2, 30), begins=True)
    assert due(replace(NIGHTLY, handled_until=_at(20, 2, 30)), _at(20, 2, 31)) is None


def test_of_many_missed_moments_at_most_the_last_counts() -> None:
    late = _at(25, 14)

    assert due(NIGHTLY, late) == Due(_at(25, 2, 30), begins=False)
    assert due(replace(NIGHTLY, catch_up="once"), late) == Due(_at(25, 2, 30), begins=True)


def test_a_little_late_is_still_on_time() -> None:
    assert due(NIGHTLY, _at(20, 2, 30) + GRACE) == Due(_at(20, 2, 30), begins=True)


def test_catching_up_waits_for_the_allowed_hours() -> None:
    schedule = replace(NIGHTLY, catch_up="once", hours="01:00-06:00")

    assert due(schedule, _at(20, 14)) is None
    assert due(schedule, _at(21, 1)) == Due(_at(20, 2, 30), begins=True)


def test_a_clock_that_was_far_ahead_does_not_silence_a_schedule() -> None:
    schedule = replace(NIGHTLY, handled_until=_at(20, 3) + timedelta(days=365))

    assert due(schedule, _at(21, 2, 29)) is None
    assert due(schedule, _at(21, 2, 30)) == Due(_at(21, 2, 30), begins=True)


def test_the_spring_hour_that_does_not_exist_still_begins_one_run() -> None:
    berlin = Schedule("berlin", "30 2 * * *", "rehearse", timezone="Europe/Berlin")

    moment = next_moment(berlin, datetime(2026, 3, 28, 12, tzinfo=UTC))

    assert moment.astimezone(UTC) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
