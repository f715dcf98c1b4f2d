"""A target's lock and note."""

from __future__ import annotations

from pathlib import Path

from yiwang.core.jobs.distributed.target import Target
from yiwang.core.jobs.executor import Assignment, Report, ReportKind

ASSIGNMENT = Assignment("r", "s", 2, "k", "node/一", {})


def test_one_at_a_time_has_a_target(tmp_path: Path) -> None:
    first, second, other = Target(tmp_path, "a"), Target(tmp_path, "a"), Target(tmp_path, "b")

    taken = [first.take(), second.take(), other.take()]
    first.let_go()

    assert taken == [True, False, True]
    assert second.take()
    second.let_go()
    other.let_go()


def test_the_note_tells_how_the_last_attempt_ended(tmp_path: Path) -> None:
    target = Target(tmp_path, "a")
    target.take()

    before = target.note()
    target.begin(ASSIGNMENT, "w")
    begun = target.note()
    target.end(Report(*ASSIGNMENT.token, ReportKind.done, result={"一": 1}), "w")
    ended = target.note()
    target.let_go()

    assert before is None
    assert begun is not None
    assert begun.end is None
    assert ended is not None
    assert ended.end is not None
    assert (ended.token, ended.end.result) == (ASSIGNMENT.token, {"一": 1})


def test_a_note_that_was_cut_short_says_nothing(tmp_path: Path) -> None:
    target = Target(tmp_path, "a")
    target.take()
    target.begin(ASSIGNMENT, "w")
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-3])

    note = target.note()
    target.let_go()

    assert note is None
