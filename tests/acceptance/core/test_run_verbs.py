"""The verbs of runs, logs, schedules, journal and database, as a person calls them."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

import pytest

from yiwang.core.database.connection import open_database
from yiwang.core.jobs.runs import Runs

Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An installation of its own."""
    return os.environ | {
        "YIWANG_STATE_FOLDER": str(tmp_path / "state"),
        "XDG_CONFIG_HOME": str(tmp_path),
        "YIWANG_LANGUAGE": "en",
        "COLUMNS": "200",
    }


@pytest.fixture
def call(environment: dict[str, str], tmp_path: Path) -> Call:
    """Calls yiwang with these arguments and returns what it said."""

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "yiwang", *arguments]
        return subprocess.run(
            command, env=environment | more, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )

    return run


def _begin(environment: dict[str, str], *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """A rehearsal in the background, and its run."""
    command = [sys.executable, "-m", "yiwang", "runs", "rehearse", *arguments]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def _items(answer: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert found["version"] == 1
    items: list[dict[str, object]] = found["items"]
    return items


def _wait_for_progress(tmp_path: Path) -> None:
    """Until the first step has written its line."""
    end = time.monotonic() + 60
    while not list(tmp_path.glob("state/rehearsals/*")):
        assert time.monotonic() < end, "the run makes no progress"
        time.sleep(0.01)


def test_a_rehearsal_writes_one_line_for_each_target_and_ends_well(call: Call, tmp_path: Path) -> None:
    answer = call("runs", "rehearse", "--steps", "12", "--seconds", "0")

    run = answer.stdout.strip()
    files = sorted((tmp_path / "state" / "rehearsals").iterdir())
    assert answer.returncode == 0, answer.stderr
    assert len(files) == 12
    assert files[0].read_text().split()[0] == run
    assert "12 of 12 steps done" in answer.stderr
    (listed,) = _items(call("runs", "list", "-o", "json"))
    assert (listed["run"], listed["state"], listed["done"]) == (run, "done", 12)


def test_the_first_interrupt_pauses_and_resume_goes_on(call: Call, environment: dict[str, str], tmp_path: Path) -> None:
    process, run = _begin(environment, "--steps", "30", "--seconds", "0.15", "--window", "3")
    _wait_for_progress(tmp_path)

    process.send_signal(signal.SIGINT)
    _out, told = process.communicate(timeout=30)
    paused = _items(call("runs", "show", run, "-o", "json"))[0]
    resumed = call("runs", "resume", run[:-2])

    assert process.returncode == 130
    assert f"yiwang runs resume {run}" in told
    assert paused["state"] == "paused"
    assert 0 < int(str(paused["done"])) < 30
    assert resumed.returncode == 0, resumed.stderr
    lines = [file.read_text().splitlines() for file in (tmp_path / "state" / "rehearsals").iterdir()]
    assert [len(each) for each in lines] == [1] * 30


def test_the_second_interrupt_leaves_at_once_and_the_run_can_still_be_cancelled(
    call: Call, environment: dict[str, str], tmp_path: Path
) -> None:
    process, run = _begin(environment, "--steps", "2", "--waves", "1", "--seconds", "25")
    _wait_for_event(tmp_path, "started")

    process.send_signal(signal.SIGINT)
    _wait_for_event(tmp_path, "wanted")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)

    assert process.returncode == 130
    assert call("cancel", run).returncode == 0
    assert _items(call("runs", "show", run, "-o", "json"))[0]["state"] == "cancelled"
    assert not (tmp_path / "state" / "rehearsals").exists()


def _wait_for_event(tmp_path: Path, kind: str) -> None:
    database = open_database(f"sqlite:///{tmp_path}/state/yiwang.db")
    runs = Runs(database)
    (run,) = runs.all()
    end = time.monotonic() + 60
    while kind not in [event.kind for event in runs.events(run.id)]:
        assert time.monotonic() < end, f"no event {kind}"
        time.sleep(0.01)
    database.close()


def test_a_termination_lets_running_steps_end_and_leaves_the_run_open(
    call: Call, environment: dict[str, str], tmp_path: Path
) -> None:
    process, run = _begin(environment, "--steps", "30", "--seconds", "0.2", "--window", "3")
    _wait_for_progress(tmp_path)

    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)

    found = _items(call("runs", "show", run, "-o", "json"))[0]
    assert process.returncode == 130
    assert found["state"] == "open"
    steps = found["steps"]
    assert isinstance(steps, list)
    assert {step["state"] for step in steps} == {"done", "pending"}


def test_as_many_steps_run_at_once_as_the_run_declares(call: Call) -> None:
    done = call("runs", "rehearse", "--waves", "1", "--steps", "24", "--window", "12", "--seconds", "0.5", "-o", "json")

    kinds = [json.loads(line)["kind"] for line in done.stdout.splitlines()]
    changes = [{"started": 1, "done": -1}.get(kind, 0) for kind in kinds]
    assert max(accumulate(changes)) == 12


def test_another_terminal_can_watch_and_cancel(call: Call, environment: dict[str, str], tmp_path: Path) -> None:
    process, run = _begin(environment, "--steps", "1000", "--seconds", "0.1", "--window", "2")
    _wait_for_progress(tmp_path)

    busy = call("runs", "resume", run)
    cancelled = call("cancel", run)
    followed = call("logs", run, "--follow", "-o", "jsonl")
    process.communicate(timeout=30)

    assert busy.returncode == 1
    assert "E0509" in busy.stderr
    assert cancelled.returncode == 0, cancelled.stderr
    assert process.returncode == 1
    events = [json.loads(line) for line in followed.stdout.splitlines()]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert (events[0]["kind"], events[-1]["kind"], events[-1]["text"]) == ("created", "state", "cancelled")


def test_logs_of_one_step_are_told_in_words(call: Call) -> None:
    run = call("runs", "rehearse", "--steps", "3", "--seconds", "0").stdout.strip()

    answer = call("logs", run, "--step", "2")

    assert [line.split("  ")[1:] for line in answer.stdout.splitlines()] == [
        ["2", "given out"],
        ["2", "started"],
        ["2", "done"],
    ]


def test_a_run_that_does_not_exist_is_a_coded_error(call: Call) -> None:
    for arguments in (["runs", "show", "x"], ["runs", "resume", "x"], ["logs", "x"], ["cancel", "x"]):
        answer = call(*arguments)
        assert answer.returncode == 1
        assert "E0504" in answer.stderr
        assert "yiwang runs list" in answer.stderr


def test_resuming_what_is_done_does_nothing(call: Call) -> None:
    run = call("runs", "rehearse", "--steps", "3", "--seconds", "0").stdout.strip()

    again = call("runs", "resume", run)

    assert again.returncode == 0, again.stderr
    assert "3 of 3 steps done" in again.stderr


def test_schedules_are_added_listed_switched_off_and_removed(call: Call) -> None:
    added = call("schedules", "add", "drill", "--cron", "0 3 * * *", "--run", "rehearse", "--parameter", "steps=5")
    (listed,) = _items(call("schedules", "list", "-o", "json"))
    off = call("schedules", "disable", "drill")
    (listed_off,) = _items(call("schedules", "list", "-o", "json"))
    removed = call("schedules", "remove", "drill")

    assert [each.returncode for each in (added, off, removed)] == [0, 0, 0]
    assert listed["parameters"] == {"steps": "5"}
    assert str(listed["next"]).endswith("03:00:00+08:00")
    assert (listed_off["enabled"], listed_off["next"]) == (False, "")
    assert _items(call("schedules", "list", "-o", "json")) == []


def test_a_schedule_with_a_wrong_parameter_is_wrong_usage(call: Call) -> None:
    answer = call("schedules", "add", "drill", "--cron", "0 3 * * *", "--run", "rehearse", "--parameter", "steps")

    assert answer.returncode == 64
    assert "E0002" in answer.stderr


def test_the_service_carries_out_an_open_run_and_stops_on_request(call: Call, environment: dict[str, str]) -> None:
    run = call("runs", "rehearse", "--steps", "5", "--seconds", "0", "--plan-only").stdout.strip()
    service = subprocess.Popen([sys.executable, "-m", "yiwang", "schedules", "run"], env=environment)
    for _look in range(60):
        if _items(call("runs", "show", run, "-o", "json"))[0]["state"] == "done":
            break

    service.send_signal(signal.SIGTERM)

    assert service.wait(30) == 0
    assert _items(call("runs", "show", run, "-o", "json"))[0]["state"] == "done"


def test_the_journal_is_listed_exported_and_verified_offline(call: Call, tmp_path: Path) -> None:
    run = call("runs", "rehearse", "--steps", "1", "--seconds", "0").stdout.strip()
    call("schedules", "add", "drill", "--cron", "0 3 * * *", "--run", "rehearse")

    exported = call("journal", "export", "journal.jsonl", "--anchor", "anchor")
    (tmp_path / "state" / "yiwang.db").rename(tmp_path / "elsewhere.db")
    verified = call("journal", "verify", "journal.jsonl", "--anchor", "anchor")
    lines = (tmp_path / "journal.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "short.jsonl").write_text(lines[0])
    cut = call("journal", "verify", "short.jsonl", "--anchor", "anchor")

    assert exported.returncode == 0, exported.stderr
    assert [json.loads(line)["action"] for line in lines] == ["run.create", "schedule.add"]
    assert json.loads(lines[0])["subject"] == run
    assert verified.returncode == 0, verified.stderr
    assert verified.stdout == (tmp_path / "anchor").read_text()
    assert not (tmp_path / "state" / "yiwang.db").exists()
    assert cut.returncode == 1
    assert "E0405" in cut.stderr


def test_tampering_with_the_database_is_found(call: Call, tmp_path: Path) -> None:
    call("runs", "rehearse", "--steps", "1", "--seconds", "0")
    with sqlite3.connect(tmp_path / "state" / "yiwang.db") as connection:
        connection.execute("DROP TRIGGER journal_update_append_only")
        connection.execute("UPDATE journal SET actor = 'somebody else'")
    connection.close()

    answer = call("journal", "verify")

    assert answer.returncode == 1
    assert {code for code in ("E0401", "E0402", "E0408") if code in answer.stderr} == {"E0401", "E0402", "E0408"}


def test_database_status_and_upgrade_tell_the_version(call: Call) -> None:
    (status,) = _items(call("database", "status", "-o", "json"))
    upgraded = call("database", "upgrade")

    assert status["version"] == status["newest"]
    assert status["append_only"] == ["evidence", "journal", "events"]
    assert upgraded.returncode == 0


@pytest.mark.parametrize(
    "url", ["postgresql://wang:geheim@localhost:1/x", "postgresql://localhost:1/x?user=w&password=geheim"]
)
def test_a_password_in_the_database_url_is_never_shown(call: Call, url: str) -> None:
    for arguments in (["config", "show"], ["config", "show", "-o", "json"], ["runs", "list"], ["database", "status"]):
        answer = call(*arguments, YIWANG_DATABASE_URL=url)
        assert "geheim" not in answer.stdout + answer.stderr
        assert "***" in answer.stdout + answer.stderr
