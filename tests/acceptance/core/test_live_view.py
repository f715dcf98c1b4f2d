"""The view of a run on a real terminal: what a person sees, also while others steer the run."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from rich.cells import cell_len

SLOW = ("--steps", "40", "--waves", "2", "--seconds", "1", "--window", "4")


def call(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "yiwang", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)


def run_of(text: str) -> str:
    found = re.search(r"rehearse-\d{8}-[0-9a-f]{6}", text)
    assert found, text
    return found[0]


def begun(environment: dict[str, str], *arguments: str) -> str:
    """A run that nobody carries out yet."""
    return call(environment, "runs", "rehearse", *arguments, "--plan-only").stdout.strip()


def test_the_first_interrupt_pauses_and_says_how_to_go_on(terminal: Any) -> None:
    shown = terminal("runs", "rehearse", *SLOW)
    text = shown.until("4 running")
    echoed = shown.echoes
    shown.type("\r\rhello")
    shown.type("\x03")
    code = shown.wait()

    run = run_of(text)
    assert "▸ 1 rehearsal" in text
    assert "Ctrl-C pauses the run" in text
    assert not echoed
    assert shown.echoes
    assert code == 130
    assert f"to go on: yiwang runs resume {run}" in shown.text
    assert "asked to pause" in shown.text
    assert "hello" not in shown.text
    assert "Ctrl-C pauses" not in shown.text, "the view is taken away"
    assert not shown.screen.cursor.hidden


def test_the_second_interrupt_leaves_at_once_and_gives_the_terminal_back(terminal: Any) -> None:
    shown = terminal("runs", "rehearse", "--steps", "4", "--seconds", "50")
    shown.until("1 running")
    shown.type("\x03")
    shown.until("pausing: 1 still running")
    shown.type("\x03")

    assert shown.wait(20) == 130
    assert shown.echoes
    assert not shown.screen.cursor.hidden


def test_a_view_fits_a_window_that_is_made_smaller_and_larger(terminal: Any) -> None:
    shown = terminal("runs", "rehearse", *SLOW)
    shown.until("running")
    shown.resize(44, 9)
    small = shown.until(lambda text: text.count("rehearse-") == 1 and "last event" in text and "0:0" in text)
    shown.read(1.5)
    small = shown.text
    shown.resize(120, 30)
    shown.read(1.5)
    large = shown.text
    os.killpg(shown.process.pid, signal.SIGKILL)

    assert max(map(len, small.splitlines())) <= 44
    assert len(small.splitlines()) <= 9
    for text in (small, large):
        assert len(re.findall(r"^. rehearse-.*", text, re.MULTILINE)) == 1, text
        assert text.count("last event") == 1, text


def test_in_chinese_the_columns_stand_under_each_other(terminal: Any) -> None:
    shown = terminal("runs", "rehearse", *SLOW, YIWANG_LANGUAGE="zh_CN")
    text = shown.until("4 步进行中")
    os.killpg(shown.process.pid, signal.SIGKILL)

    rows = [line for line in text.splitlines() if "演练" in line]
    assert "Ctrl-C 暂停运行" in text
    assert len(rows) >= 6
    for kind in (r"^  . \d 演练", r"^    \d\d +演练"):
        ends = {cell_len(row[: found.end()]) for row in rows if (found := re.match(kind, row))}
        assert len(ends) <= 1, text


@pytest.mark.parametrize("more", [{"NO_COLOR": "1", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}])
def test_a_terminal_without_colour_and_unicode_gets_plain_signs(terminal: Any, more: dict[str, str]) -> None:
    shown = terminal("runs", "rehearse", *SLOW, **more)
    text = shown.until("4 running")
    os.killpg(shown.process.pid, signal.SIGKILL)

    assert text.isascii()
    assert re.search(r"^  > 1 rehearsal", text, re.MULTILINE)
    assert not re.search(rb"\x1b\[\d+m", shown.sent)


def test_a_terminal_that_cannot_move_its_cursor_gets_lines(terminal: Any) -> None:
    shown = terminal("runs", "rehearse", "--steps", "4", "--waves", "2", "--seconds", "0", TERM="dumb")

    assert shown.wait() == 0
    assert "wave 2 rehearsal: 2 of 2 done" in shown.text
    assert b"\x1b" not in shown.sent


def test_the_picture_moves_while_nothing_happens(terminal: Any) -> None:
    shown = terminal("runs", "rehearse", "--steps", "1", "--seconds", "60")
    shown.until("1 running")
    seen = set()
    end = time.monotonic() + 30
    while len(seen) < 4 and time.monotonic() < end:
        shown.read(0.3)
        seen.add(shown.lines[1])
    os.killpg(shown.process.pid, signal.SIGKILL)

    assert len(seen) >= 4


def test_somebody_watches_while_others_pause_resume_and_cancel(terminal: Any, environment: dict[str, str]) -> None:
    run = begun(environment, "--steps", "400", "--seconds", "0.5", "--window", "4")
    watching = terminal("runs", "watch", run, "--stay", size=(100, 24))
    idle = watching.until("nobody carries it out; to go on: yiwang runs resume")
    first = terminal("runs", "resume", run)
    watching.until("4 running")
    assert call(environment, "runs", "pause", run).returncode == 0
    watching.until("the run is now: paused")
    assert first.wait() == 0
    terminal("runs", "resume", run)
    watching.until("asked to go on")
    watching.until("4 running")
    assert call(environment, "cancel", run).returncode == 0

    code = watching.wait()

    assert "Ctrl-C leaves the view; the run goes on" in idle
    assert code == 1
    assert f"run {run}: cancelled" in watching.text


def test_leaving_the_view_leaves_the_run_alone(terminal: Any, environment: dict[str, str]) -> None:
    run = begun(environment, "--steps", "3")
    watching = terminal("runs", "watch", run)
    watching.until("nobody carries it out")
    watching.type("\x03")

    assert watching.wait() == 130
    assert watching.echoes
    kinds = [json.loads(line)["kind"] for line in call(environment, "logs", run, "-o", "jsonl").stdout.splitlines()]
    assert kinds == ["created"]


def test_events_are_one_json_object_a_line_and_go_on_from_any_id(environment: dict[str, str]) -> None:
    carried = call(environment, "runs", "rehearse", "--steps", "3", "--seconds", "0", "-o", "json")
    events = [json.loads(line) for line in carried.stdout.splitlines()]
    run = events[0]["run"]

    again = call(environment, "runs", "watch", run, "-o", "jsonl", "--after", "5")
    node = call(environment, "logs", run, "2", "--follow", "-o", "json")

    assert carried.returncode == 0
    assert [each["id"] for each in events] == list(range(1, len(events) + 1))
    assert (events[-1]["kind"], events[-1]["text"]) == ("state", "done")
    assert [json.loads(line) for line in again.stdout.splitlines()] == events[5:]
    assert [json.loads(line)["kind"] for line in node.stdout.splitlines()] == ["given", "started", "done"]


def test_a_listener_that_goes_away_does_not_stop_the_run(environment: dict[str, str]) -> None:
    command = f"{sys.executable} -m yiwang runs rehearse --steps 300 --seconds 0.01 -o json | head -n 1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}; echo ${{PIPESTATUS[0]}}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    first, status = done.stdout.splitlines()
    (row,) = json.loads(call(environment, "runs", "list", "-o", "json").stdout)["items"]
    assert json.loads(first)["kind"] == "created"
    assert (status, row["state"], row["done"]) == ("0", "done", 300), done.stderr


def test_what_is_tried_again_must_be_named(environment: dict[str, str]) -> None:
    run = begun(environment, "--steps", "3")

    nothing, none_failed = call(environment, "runs", "retry", run), call(environment, "runs", "retry", run, "--failed")

    assert (nothing.returncode, none_failed.returncode) == (64, 1)
    assert "E0023" in nothing.stderr
    assert "E0551" in none_failed.stderr
