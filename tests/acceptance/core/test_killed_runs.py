"""A run whose process is killed again and again still ends, and repeats only what was in flight."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from yiwang.core.database.connection import Database
from yiwang.core.jobs.model import RunState, StepState
from yiwang.core.jobs.rehearse import rehearsal
from yiwang.core.jobs.runs import Runs

KILLS = 10


class Rehearsal:
    """A run, and the command that carries it out."""

    def __init__(self, database: Database, url: str, folder: Path, steps: int, *, apart: bool) -> None:
        self.runs = Runs(database)
        self.files = folder / "rehearsals"
        plan = rehearsal(self.files, steps=steps, waves=5, seconds=0.01, window=10, apart=apart)
        self.run = self.runs.create(plan)
        settings = {"YIWANG_DATABASE_URL": url, "YIWANG_STATE_FOLDER": str(folder), "YIWANG_JOBS_THREADS": "10"}
        self._environment = os.environ | settings
        self._command = [sys.executable, "-m", "yiwang", "runs", "resume", self.run.id]

    def start(self) -> subprocess.Popen[bytes]:
        # In a group of its own, as under a service manager: killed is the process, not its group.
        return subprocess.Popen(self._command, env=self._environment, stderr=subprocess.DEVNULL, start_new_session=True)

    def in_flight(self) -> set[str]:
        return {step.id for step in self.runs.steps(self.run.id, state=StepState.running)}

    def progress(self) -> int:
        return sum(wave.done for wave in self.runs.waves(self.run.id))

    def times_carried_out(self) -> Counter[str]:
        lines = (line for file in self.files.iterdir() for line in file.read_text().splitlines())
        return Counter(line.split()[1] for line in lines)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("database_url", "steps", "apart"),
    [
        pytest.param("sqlite", 1000, False, id="sqlite-threads"),
        pytest.param("postgresql", 500, False, id="postgresql-threads"),
        pytest.param("sqlite", 200, True, id="sqlite-processes"),
    ],
    indirect=["database_url"],
)
def test_a_run_killed_ten_times_ends_with_every_step_done_and_repeats_only_what_was_in_flight(
    database: Database, database_url: str, tmp_path: Path, steps: int, apart: bool
) -> None:
    chance = random.Random(steps)
    rehearsed = Rehearsal(database, database_url, tmp_path, steps, apart=apart)
    in_flight: Counter[str] = Counter()

    # Spread over the run at random, each after the run has got a little further.
    for kill, goal in enumerate(sorted(chance.sample(range(1, steps * 8 // 10), KILLS))):
        process = rehearsed.start()
        _wait_for(rehearsed, max(goal, rehearsed.progress() + 1), process)
        time.sleep(chance.random() * 0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.returncode == -signal.SIGKILL, f"it had ended by itself before kill {kill}"
        in_flight.update(rehearsed.in_flight())
    last = rehearsed.start()
    assert last.wait(120) == 0

    carried_out = rehearsed.times_carried_out()
    assert rehearsed.runs.find(rehearsed.run.id).state is RunState.done
    assert {step.state for step in rehearsed.runs.steps(rehearsed.run.id)} == {StepState.done}
    assert len(carried_out) == steps
    for step_id, count in carried_out.items():
        assert 1 <= count <= 1 + in_flight[step_id], step_id
    for step in rehearsed.runs.steps(rehearsed.run.id):
        assert step.attempt == 1 + in_flight[step.id]
    assert sum(in_flight.values()) <= KILLS * 10


def _wait_for(rehearsed: Rehearsal, done: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while rehearsed.progress() < done:
        assert process.poll() is None, "the run ended by itself"
        assert time.monotonic() < end, "the run makes no progress"
        time.sleep(0.01)
