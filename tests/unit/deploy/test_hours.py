"""The hours in which changes may begin."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.deploy.hours import is_allowed

MONDAY = datetime(2026, 11, 23)  # noqa: DTZ001 - the estate's own time


@pytest.mark.parametrize(
    ("hour", "hours", "weekdays", "expected"),
    [
        (3, "", (), True),
        (3, "", (2,), False),
        (22, "22:00-06:00", (), True),
        (5, "22:00-06:00", (), True),
        (6, "22:00-06:00", (), False),
        (21, "22:00-06:00", (), False),
        (23, "22:00-06:00", (1,), True),
        (5, "22:00-06:00", (1,), False),
        (5, "22:00-06:00", (7,), True),
        (9, "08:30-17:30", (1, 2, 3, 4, 5), True),
    ],
)
def test_hours_after_midnight_belong_to_the_day_before(
    hour: int, hours: str, weekdays: tuple[int, ...], expected: bool
) -> None:
    assert is_allowed(MONDAY + timedelta(hours=hour), hours, weekdays) is expected


spans = st.tuples(st.integers(0, 1439), st.integers(0, 1439)).filter(lambda pair: pair[0] != pair[1])


@given(spans, st.integers(0, 1439))
def test_a_moment_is_in_a_span_or_in_the_one_that_fills_the_rest_of_the_day(span: tuple[int, int], minute: int) -> None:
    words = [f"{each // 60:02d}:{each % 60:02d}" for each in span]
    moment = MONDAY + timedelta(minutes=minute)

    assert is_allowed(moment, "-".join(words), ()) is not is_allowed(moment, "-".join(reversed(words)), ())
