"""How a run is laid out: everything fits, columns stand under each other, what matters most stays longest."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from yiwang.cli.live.frame import ASCII, UNICODE, Layout, Room, frame
from yiwang.cli.live.line import Line
from yiwang.core.i18n import use
from yiwang.core.jobs.model import Policy, Run, RunState, Wanted, Wave
from yiwang.core.jobs.stream import Told
from yiwang.core.jobs.watching import Active, Sight

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
KINDS = {0: "deploy.apply", 1: "deploy.gate", 2: "deploy.apply", 3: "deploy.gate"}
TITLES = {0: "浚县 试点", 1: "浚县 试点", 2: "rest", 3: "rest"}


def run_of(state: RunState = RunState.open, wanted: Wanted = Wanted.run) -> Run:
    began = NOW - timedelta(minutes=12, seconds=42)
    return Run("rollout-20261122-ab12cd", "rollout", "鹤壁市浚县 60 个目标", "wang", Policy(), wanted, state, began)


def sight(
    *,
    run: Run | None = None,
    waves: tuple[Wave, ...] = (Wave(0, 1, 1), Wave(1, 1, 1), Wave(2, 59, 20, 2), Wave(3, 59)),
    active: tuple[Active, ...] = (),
    running: int | None = None,
    silence: int = 3,
) -> Sight:
    told: tuple[Told, ...] = ()
    newest = NOW - timedelta(seconds=silence)
    count = len(active) if running is None else running
    return Sight(run or run_of(), waves, KINDS, count, active, told, newest, "host 12 3 4 5", NOW)


def active(name: str, seconds: int | None, said: str = "") -> Active:
    started = None if seconds is None else NOW - timedelta(seconds=seconds)
    return Active(f"apply-{name}", "deploy.apply", f"node/{name}", 2, 1, started, said)


def texts(lines: list[Line]) -> list[str]:
    return ["".join(text for _style, text in line).rstrip() for line in lines]


def test_a_view_tells_waves_counts_and_the_last_line_of_each_running_step() -> None:
    steps = (active("exchange-410621-1", 762, "12/31 Install postgresql"), active("desk-2", 7))

    shown = texts(frame(sight(active=steps), Layout(TITLES, "Ctrl-C"), Room()))

    assert shown == [
        "⠋ rollout-20261122-ab12cd  鹤壁市浚县 60 个目标                            12:42",
        "  ▰▰▰▰▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱  24/120  ✗ 2 failed  stopping: 2 still running",
        "  ✓ 1 浚县 试点 apply    1/1",
        "  ✓ 2 浚县 试点 gates    1/1",
        "  ▸ 3 rest apply       22/59  2 failed",
        "    4 rest gates        0/59",
        "    exchange-410621-1  apply  12:42  12/31 Install postgresql",
        "    desk-2             apply   0:07",
        "  last event 0:03 ago  carried out by host/12",
        "  Ctrl-C",
    ]


def test_chinese_columns_stand_under_each_other() -> None:
    use("zh_CN")
    try:
        steps = (active("甲节点", 700, "安装"), active("desk-410621101", 7, "x"))
        shown = texts(frame(sight(active=steps), Layout(TITLES), Room()))
    finally:
        use(None)

    said = [line for line in shown if "实施" in line and ("甲节点" in line or "desk" in line)]
    assert [cell_len(line[: line.index("实施")]) for line in said] == [20, 20]
    assert [cell_len(line.partition("安装")[0].partition("  x")[0].rstrip()) for line in said] == [31, 31]
    assert any("有 2 步失败" in line or "2 步失败" in line for line in shown)


@given(
    width=st.integers(1, 200),
    height=st.integers(1, 60),
    steps=st.lists(st.tuples(st.text(max_size=40), st.text(max_size=300), st.integers(0, 100_000)), max_size=60),
    waves=st.integers(1, 40),
    done=st.integers(0, 40),
    titles=st.text(max_size=100),
)
def test_no_view_is_ever_larger_than_its_room_or_holds_what_a_terminal_obeys(
    width: int, height: int, steps: list[tuple[str, str, int]], waves: int, done: int, titles: str
) -> None:
    found = tuple(active(name, seconds, said) for name, said, seconds in steps)
    standing = tuple(Wave(number, 3, 3 if number < done else 0) for number in range(waves))
    seen = sight(waves=standing, active=found, running=len(found) + 7)

    lines = texts(frame(seen, Layout(dict.fromkeys(range(waves), titles)), Room(width, height)))

    assert len(lines) <= height
    assert all(cell_len(line) <= width for line in lines)
    assert all(character.isprintable() for line in lines for character in line)


def test_where_rows_are_few_the_wave_that_goes_on_and_what_runs_stay() -> None:
    waves = tuple(Wave(number, 2, 2 if number < 20 else 0) for number in range(40))
    steps = tuple(active(f"n{number}", 100 - number) for number in range(30))

    shown = texts(frame(sight(waves=waves, active=steps), Layout({}), Room(80, 12)))

    assert len(shown) == 12
    assert any(line.startswith("  ▸ 21") for line in shown)
    assert any("n0 " in line for line in shown)
    assert sum(line.startswith("    n") for line in shown) + 25 == 30
    assert "    and 25 more" in shown


@pytest.mark.parametrize("signs", [UNICODE, ASCII])
def test_every_sign_takes_one_cell_in_every_font(signs: object) -> None:
    used = "".join(getattr(signs, name) for name in ("spinner", "done", "failed", "current", "full", "empty"))

    assert {unicodedata.east_asian_width(sign) for sign in used} <= {"N", "Na"}


def test_the_spinner_and_the_clocks_move_while_nothing_happens() -> None:
    step = active("a", 7)
    before = texts(frame(sight(active=(step,)), Layout({}), Room(beat=1)))
    after = texts(frame(sight(active=(step,), silence=90), Layout({}), Room(beat=2)))

    assert before[0] != after[0]
    assert "last event 1:30 ago" in after[-1]


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (run_of(wanted=Wanted.pause), "pausing: 1 still running"),
        (run_of(wanted=Wanted.cancel), "being cancelled: 1 still running"),
        (run_of(RunState.halted), "halted"),
        (run_of(), "1 running"),
    ],
)
def test_the_state_is_said_in_words(run: Run, words: str) -> None:
    seen = sight(run=run, waves=(Wave(0, 3, 1),), active=(active("a", 1),))

    assert words in texts(frame(seen, Layout({}), Room()))[1]
