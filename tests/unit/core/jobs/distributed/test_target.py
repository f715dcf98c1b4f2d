"""A target's lock and note."""

from __future__ import annotations

from pathlib import Path

from yiwang.core.jobs.distributed.target import STEPS_KEPT, Note, Target
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


def test_a_target_that_has_gone_on_knows_which_attempts_come_too_late() -> None:
    note = Note(("r", "apply", 2), "w").followed_by(("r", "apply", 3), "w").followed_by(("r", "gate", 1), "w")

    late = [("r", "apply", 2), ("r", "apply", 3)]
    timely = [("r", "apply", 4), ("r", "gate", 1), ("r", "gate", 2), ("other", "apply", 1), ("r", "other", 1)]

    assert [note.has_left(token) for token in late] == [True, True]
    assert [token for token in timely if note.has_left(token)] == []


def test_a_note_does_not_grow_without_end(tmp_path: Path) -> None:
    target = Target(tmp_path, "a")
    target.take()

    for number in range(3 * STEPS_KEPT):
        target.begin(Assignment("r", f"{number}", 1, "k", "a", {}), "w")
        target.end(Report("r", f"{number}", 1, ReportKind.done), "w")
    note = target.note()
    target.let_go()

    assert note is not None
    assert [each[1] for each in note.before] == [f"{3 * STEPS_KEPT - 2 - each}" for each in range(STEPS_KEPT)]
