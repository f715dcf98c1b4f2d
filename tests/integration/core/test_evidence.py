"""Evidence on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from yiwang.core.database.connection import Database
from yiwang.core.errors import DatabaseError
from yiwang.core.evidence import Evidence, Observation, Subject
from yiwang.core.vault.secret import Secret

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
NODE = Subject("node", "xunxian-exchange-1")


def _seen(minute: int, verdict: Any = "pass", *, kind: str = "ssh", subject: Subject = NODE) -> Observation:
    return Observation(subject, kind, verdict, {"minute": minute}, "run-1", NOON + timedelta(minutes=minute))


def test_an_observation_comes_back_as_it_was_recorded(database: Database) -> None:
    evidence = Evidence(database)
    seen = Observation(NODE, "disk", "unknown", {"原因": "超时", "free": 1.5, "list": [None, True]}, "run-1", NOON)

    evidence.record([seen])

    (found,) = evidence.history(NODE)
    assert found.id > 0
    assert found.time.utcoffset() == timedelta(0)
    assert (found.subject, found.kind, found.verdict, found.run, found.time) == (
        seen.subject,
        seen.kind,
        seen.verdict,
        seen.run,
        seen.time,
    )
    assert found.detail == seen.detail


def test_the_latest_is_the_one_seen_last_not_the_one_recorded_last(database: Database) -> None:
    evidence = Evidence(database)
    evidence.record([_seen(5, "fail"), _seen(3)])

    evidence.record([_seen(1)])

    assert [each.verdict for each in evidence.latest(NODE)] == ["fail"]


def test_of_two_seen_at_the_same_moment_the_one_recorded_last_counts(database: Database) -> None:
    evidence = Evidence(database)

    evidence.record([_seen(1, "pass"), _seen(1, "fail")])

    assert [each.verdict for each in evidence.latest(NODE)] == ["fail"]
    assert [each.verdict for each in evidence.latest(NODE, at=NOON + timedelta(days=1))] == ["fail"]


def test_what_was_known_at_a_moment_can_be_asked_later(database: Database) -> None:
    evidence = Evidence(database)
    evidence.record([_seen(1), _seen(2, "fail"), _seen(3)])

    known = [evidence.latest(NODE, at=NOON + timedelta(minutes=minute)) for minute in (0, 1, 2, 3)]

    assert [[each.verdict for each in found] for found in known] == [[], ["pass"], ["fail"], ["pass"]]


def test_history_is_narrowed_by_subject_kind_run_and_time(database: Database) -> None:
    evidence = Evidence(database)
    other = Subject("device", "core-1")
    evidence.record([_seen(1), _seen(2, kind="disk"), _seen(3, subject=other)])

    assert len(evidence.history()) == 3
    assert [each.detail["minute"] for each in evidence.history(NODE)] == [2, 1]
    assert [each.detail["minute"] for each in evidence.history(kind="disk")] == [2]
    assert [each.detail["minute"] for each in evidence.history(run="run-1", since=NOON + timedelta(minutes=2))] == [
        3,
        2,
    ]
    assert [each.subject for each in evidence.latest(subject_kind="device")] == [other]


def test_all_observations_of_a_call_are_recorded_or_none(database: Database) -> None:
    evidence = Evidence(database)

    with pytest.raises(DatabaseError) as caught:
        evidence.record([_seen(1), Observation(NODE, "login", "pass", {"password": Secret("geheim")})])

    assert caught.value.error.id == "E0311"
    assert "geheim" not in str(caught.value)
    assert evidence.history() == []


def test_a_verdict_other_than_the_three_is_refused_by_the_database(database: Database) -> None:
    with pytest.raises(Exception, match="verdict"):
        Evidence(database).record([_seen(1, "maybe")])


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.sampled_from("ab"), st.sampled_from("xy"), st.integers(0, 9), st.sampled_from(["pass", "fail"])
            ),
            max_size=6,
        ),
        max_size=5,
    )
)
def test_the_kept_latest_agrees_with_the_whole_history(
    database: Database, batches: list[list[tuple[str, str, int, Any]]]
) -> None:
    evidence = Evidence(database)
    with database.reading() as connection:
        mark = str(connection.execute(text("SELECT count(*) FROM evidence")).scalar())
    for batch in batches:
        evidence.record(
            _seen(minute, verdict, kind=kind, subject=Subject(f"k{mark}", name))
            for name, kind, minute, verdict in batch
        )

    kept = evidence.latest(subject_kind=f"k{mark}")
    asked = evidence.latest(subject_kind=f"k{mark}", at=NOON + timedelta(days=1))

    assert kept == asked
