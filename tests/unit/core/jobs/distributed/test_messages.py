"""What a worker sends is read strictly: either reports or a refusal, whatever the bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.core.jobs.distributed.messages import (
    RefusedError,
    read_reports,
    read_step,
    read_stop,
    step_data,
    written_reports,
)
from yiwang.core.jobs.executor import Assignment, Report, ReportKind

WORKER = "410621/front-1/77-ab12"
kinds = st.sampled_from(sorted(set(ReportKind) - {ReportKind.refused}))
texts = st.text(st.characters(exclude_categories=("Cs",)))
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
reports = st.builds(Report, st.just("run"), st.just("step"), st.just(3), kinds, texts, plain, st.booleans())


@given(st.lists(reports, min_size=1, max_size=5))
def test_reports_come_through_as_they_were_with_their_worker(sent: list[Report]) -> None:
    body = written_reports(WORKER, sent)

    got = read_reports(body, user="site-410621", run_id="run")

    assert [each.worker for each in got] == [WORKER] * len(sent)
    assert [(e.kind, e.text, e.result, e.may_retry) for e in got] == [
        (e.kind, e.text, e.result, e.may_retry) for e in sent
    ]


@given(st.binary(max_size=400))
def test_any_bytes_are_reports_or_refused(body: bytes) -> None:
    with pytest.raises(RefusedError):
        read_reports(body, user="site-410621", run_id="run")


@given(st.binary(max_size=400) | plain.map(lambda value: json.dumps(value).encode()))
def test_any_stop_is_read_or_refused(body: bytes) -> None:
    with pytest.raises(RefusedError):
        read_stop(body)


def test_deeply_nested_data_are_refused() -> None:
    deep = b'{"worker":"' + WORKER.encode() + b'","run":"run","step":"s","attempt":1,"reports":[["done","",'
    deep += b"[" * 100_000 + b"]" * 100_000 + b",true]]}"

    with pytest.raises(RefusedError):
        read_reports(deep, user="site-410621", run_id="run")


@pytest.mark.parametrize(
    "change",
    [
        {"worker": "410622/front-1/7"},
        {"worker": "410621/front 1/7"},
        {"worker": "410621"},
        {"run": "other"},
        {"step": ""},
        {"step": "nul\x00"},
        {"attempt": 0},
        {"attempt": 2**31},
        {"reports": []},
        {"reports": [["no-kind"]]},
        {"reports": [["refused"]]},
        {"reports": [["done"]] * 1001},
        {"extra": 1},
    ],
    ids=str,
)
def test_a_report_with_one_thing_wrong_is_refused(change: dict[str, Any]) -> None:
    content = {"worker": WORKER, "run": "run", "step": "s", "attempt": 1, "reports": [["done"]]} | change

    with pytest.raises(RefusedError):
        read_reports(json.dumps(content).encode(), user="site-410621", run_id="run")


@pytest.mark.parametrize("user", ["", "controller", "410621"])
def test_who_is_no_site_reports_nothing(user: str) -> None:
    body = written_reports(WORKER, [Report("run", "s", 1, ReportKind.done)])

    with pytest.raises(RefusedError):
        read_reports(body, user=user, run_id="run")


def test_an_assignment_comes_through_as_it_was() -> None:
    assignment = Assignment("run", "s", 2, "apply", "node/前置机-1", {"a": ["vault:x/y", 1.5, None]}, "410621")

    data = json.loads(json.dumps(step_data(assignment, 15.0)))

    assert read_step(data).assignment == assignment
