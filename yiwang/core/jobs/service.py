"""Everything about jobs of one installation, and the service that begins and carries out runs unattended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from yiwang.core.errors import JobError
from yiwang.core.jobs.controller import BUSY, POLL_SECONDS, Controller
from yiwang.core.jobs.handlers import Handlers
from yiwang.core.jobs.model import RunState
from yiwang.core.jobs.runs import Runs
from yiwang.core.jobs.scheduler import Begun, Planner, Scheduler

if TYPE_CHECKING:
    from yiwang.core.database.connection import Database
    from yiwang.core.settings import JobsSettings


class Jobs:
    """Runs, schedules and the means to carry them out."""

    def __init__(
        self, database: Database, handlers: Handlers, planners: Mapping[str, Planner], settings: JobsSettings
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._settings = settings
        self.runs = Runs(database)
        self.schedules = Scheduler(database, planners, lease_seconds=settings.lease_seconds)

    @contextmanager
    def controller(self) -> Iterator[Controller]:
        """A controller with the local executor, which is closed at the end."""
        from yiwang.core.jobs.local import LocalExecutor

        executor = LocalExecutor(self._handlers, threads=self._settings.threads, processes=self._settings.processes)
        try:
            yield Controller(self._database, executor, lease_seconds=self._settings.lease_seconds)
        finally:
            executor.close()


def _ignore(_begun: Begun) -> None:
    pass


def serve(jobs: Jobs, controller: Controller, watch: Callable[[Begun], None] = _ignore) -> None:
    """Begin what is due and carry out every open run, until :meth:`Controller.stop` and nothing is in flight.

    Runs that another controller carries out are left to it.
    """
    led: set[str] = set()
    while True:
        if not controller.is_stopping:
            for begun in jobs.schedules.begin_due():
                watch(begun)
        controller.collect(POLL_SECONDS)
        is_busy = False
        for run in jobs.runs.all(state=RunState.open, limit=1000):
            is_busy |= _turn(controller, run.id, led)
        if controller.is_stopping and not is_busy:
            break
    for run_id in led:
        controller.let_go(run_id)
    jobs.schedules.let_go()


def _turn(controller: Controller, run_id: str, led: set[str]) -> bool:
    if controller.is_stopping and run_id not in led:
        return False
    try:
        view = controller.turn(run_id)
    except JobError as error:
        if error.error is not BUSY:
            raise
        led.discard(run_id)
        return False
    led.add(run_id)
    return bool(view.running)
