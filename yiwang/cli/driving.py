"""Carrying out a run in the foreground: progress on standard error, signals, exit code."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from yiwang.cli import output
from yiwang.cli.words import state_word
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.app import App
    from yiwang.core.jobs.controller import Controller, View
    from yiwang.core.jobs.model import Run, RunState

PARTIAL_FAILURE = 4
INTERRUPTED = 130


def carry_out(app: App, run_id: str, *, threads: int = 0) -> int:
    """Carry out a run until it rests, in so many threads or in those of the settings; returns the exit code.

    The first interrupt pauses the run and lets running steps end, a second leaves at once;
    SIGTERM lets running steps end and leaves the run open for the next controller.
    """
    from yiwang.core.jobs.model import RunState, Wanted

    with (
        app.jobs.controller(threads=threads) as controller,
        _Progress.shown() as progress,
        _Signals(controller) as signals,
    ):

        def watch(view: View) -> None:
            if signals.interrupted and view.run.wanted is Wanted.run and view.run.state is RunState.open:
                app.jobs.runs.want(run_id, Wanted.pause, by=app.actor)
                output.note(_("pausing: waiting for {count} running step(s)").format(count=len(view.running)))
            progress.update(view)

        run = controller.drive(run_id, watch)
    return _conclude(app, run, interrupted=signals.interrupted)


def settle(app: App, run_id: str) -> None:
    """Bring a run that nobody carries out to where it is wanted; does nothing for others."""
    if not app.jobs.runs.controller(run_id):
        with app.jobs.controller() as controller:
            controller.stop()
            controller.drive(run_id)


def _conclude(app: App, run: Run, *, interrupted: bool) -> int:
    waves = app.jobs.runs.waves(run.id)
    counts = {
        "total": sum(wave.total for wave in waves),
        "done": sum(wave.done for wave in waves),
        "failed": sum(wave.failed for wave in waves),
    }
    words = _("run {run}: {state}; {done} of {total} steps done, {failed} failed")
    output.note(words.format(run=run.id, state=state_word(run.state.value), **counts))
    if run.state.value in ("open", "paused", "halted", "partial"):
        if counts["failed"]:
            output.note(_("  why: yiwang runs show {run}").format(run=run.id))
        output.note(_("  to go on: yiwang runs resume {run}").format(run=run.id))
    return INTERRUPTED if interrupted else exit_code(run.state)


def exit_code(state: RunState) -> int:
    """0 done or paused, 4 some steps failed, 1 cancelled, 130 left open."""
    return {"done": 0, "paused": 0, "partial": PARTIAL_FAILURE, "halted": PARTIAL_FAILURE, "cancelled": 1}.get(
        state.value, INTERRUPTED
    )


class _Signals:
    """SIGINT and SIGTERM while a run is carried out.

    Only flags are set here: the signal may come in the midst of a transaction.
    """

    def __init__(self, controller: Controller) -> None:
        self.interrupted = False
        self._controller = controller
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Signals:
        for number, handler in ((signal.SIGINT, self._interrupt), (signal.SIGTERM, self._terminate)):
            self._before[number] = signal.signal(number, handler)
        return self

    def __exit__(self, *_exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _interrupt(self, _number: int, _frame: Any) -> None:
        if self.interrupted:
            if sys.stderr.isatty():
                os.write(2, b"\x1b[?25h\n")
            os._exit(INTERRUPTED)
        self.interrupted = True

    def _terminate(self, _number: int, _frame: Any) -> None:
        self._controller.stop()


class _Progress:
    """A bar on a terminal; elsewhere a line whenever a wave ends."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=None) if bar else None
        self._heard = time.monotonic()
        self._told: int | None = None

    @classmethod
    @contextmanager
    def shown(cls) -> Iterator[_Progress]:
        console = output.console(stderr=True)
        if not console.is_terminal:
            yield cls(None)
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        with Progress(*columns, console=console, transient=True) as bar:
            yield cls(bar)

    def update(self, view: View) -> None:
        if view.had_reports:
            self._heard = time.monotonic()
        ended = sum(wave.total - wave.open for wave in view.waves)
        total = sum(wave.total for wave in view.waves)
        if self._bar:
            self._bar.update(self._task, completed=ended, total=total, description=self._description(view))
            return
        open_waves = sum(1 for wave in view.waves if wave.open)
        if open_waves != self._told:
            self._told = open_waves
            words = _("{ended} of {total} steps ended, {waves} wave(s) to go")
            output.note(words.format(ended=ended, total=total, waves=open_waves))

    def _description(self, view: View) -> str:
        failed = sum(wave.failed for wave in view.waves)
        silent = int(time.monotonic() - self._heard)
        words = _("{running} running, {failed} failed, last event {seconds} s ago")
        return words.format(running=len(view.running), failed=failed, seconds=silent)
