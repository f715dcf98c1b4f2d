"""Carrying out a run in the foreground: shown while it goes on, signals, exit code."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

from yiwang.cli import output
from yiwang.cli.output import Format
from yiwang.cli.words import state_word
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.app import App
    from yiwang.cli.live.follow import Show
    from yiwang.core.jobs.controller import Controller, View
    from yiwang.core.jobs.model import Run, RunState

PARTIAL_FAILURE = 4
INTERRUPTED = 130
WORTH_TELLING_SECONDS = 1.0


def carry_out(app: App, run_id: str, format: Format = Format.table, *, after: int = 0) -> int:
    """Carry out a run until it rests, as many steps at once as it declares; returns the exit code.

    It is shown as a view on a terminal, in plain lines elsewhere, and as events on standard output in any other
    format than ``table``, from those ``after`` an id on.  The first interrupt pauses the run and lets running steps
    end, a second leaves at once;
    SIGTERM lets running steps end and leaves the run open for the next controller.
    """
    from yiwang.cli.live.follow import following
    from yiwang.cli.live.showing import show_of
    from yiwang.core.jobs.model import RunState, Wanted
    from yiwang.core.jobs.watching import Watch

    show = show_of(app, run_id, format, is_ours=True, after=after)
    window = app.jobs.runs.find(run_id).policy.window
    with app.jobs.controller(threads=window) as controller, _Signals(controller, show) as signals:

        def heed(view: View) -> None:
            if signals.interrupted and view.run.wanted is Wanted.run and view.run.state is RunState.open:
                app.jobs.runs.want(run_id, Wanted.pause, by=app.actor)

        with following(Watch(app.database, run_id), show):
            run = controller.drive(run_id, heed)
    return conclude(app, run, interrupted=signals.interrupted)


def settle(app: App, run_id: str) -> None:
    """Bring a run that nobody carries out to where it is wanted; does nothing for others."""
    if not app.jobs.runs.controller(run_id):
        with app.jobs.controller() as controller:
            controller.stop()
            controller.drive(run_id)


def conclude(app: App, run: Run, *, interrupted: bool = False) -> int:
    """Say how a run came to rest and what can be done next; returns the exit code."""
    waves = app.jobs.runs.waves(run.id)
    counts = {
        "total": sum(wave.total for wave in waves),
        "done": sum(wave.done for wave in waves),
        "failed": sum(wave.failed for wave in waves),
    }
    words = _("run {run}: {state}; {done} of {total} steps done, {failed} failed")
    output.note(words.format(run=run.id, state=state_word(run.state.value), **counts))
    _tell_slowest(app, run)
    if counts["failed"]:
        output.note(_("  why: yiwang status {run}").format(run=run.id))
    if run.state.value in ("open", "paused", "halted", "partial"):
        output.note(_("  to go on: yiwang runs resume {run}").format(run=run.id))
    return INTERRUPTED if interrupted else exit_code(run.state)


def _tell_slowest(app: App, run: Run) -> None:
    from yiwang.cli.live.speech import duration_words
    from yiwang.core.jobs.watching import slowest

    found = [each for each in slowest(app.database, run.id) if each.seconds >= WORTH_TELLING_SECONDS]
    if found:
        output.note(_("  slowest: {steps}").format(steps=_(", ").join(map(duration_words, found))))


def exit_code(state: RunState) -> int:
    """0 done or paused, 4 some steps failed, 1 cancelled, 130 left open."""
    return {"done": 0, "paused": 0, "partial": PARTIAL_FAILURE, "halted": PARTIAL_FAILURE, "cancelled": 1}.get(
        state.value, INTERRUPTED
    )


class _Signals:
    """SIGINT and SIGTERM while a run is carried out.

    Only flags are set here: the signal may come in the midst of a transaction.
    """

    def __init__(self, controller: Controller, show: Show) -> None:
        self.interrupted = False
        self._controller = controller
        self._show = show
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
            self._show.restore()
            os._exit(INTERRUPTED)
        self.interrupted = True

    def _terminate(self, _number: int, _frame: Any) -> None:
        self._controller.stop()
