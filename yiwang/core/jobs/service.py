"""Everything about jobs of one installation, and the service that begins and carries out runs unattended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yiwang.core.errors import JobError
from yiwang.core.jobs.controller import BUSY, POLL_SECONDS, Controller
from yiwang.core.jobs.executor import Executor
from yiwang.core.jobs.handlers import Handlers
from yiwang.core.jobs.model import RunState
from yiwang.core.jobs.runs import Runs
from yiwang.core.jobs.scheduler import Begun, Planner, Scheduler
from yiwang.core.vault.opening import OpenSecret, no_vault

if TYPE_CHECKING:
    from yiwang.core.database.connection import Database
    from yiwang.core.jobs.distributed.broker import Broker
    from yiwang.core.settings import JobsSettings


@dataclass(frozen=True, slots=True)
class Means:
    """What steps are carried out with.

    ``secrets`` opens references here; ``broker`` gives the way to the sites, and None means that
    all steps are carried out on this machine.
    """

    handlers: Handlers
    secrets: OpenSecret = no_vault
    broker: Callable[[], Broker] | None = None


class Jobs:
    """Runs, schedules and the means to carry them out."""

    def __init__(
        self, database: Database, means: Means, planners: Mapping[str, Planner], settings: JobsSettings
    ) -> None:
        self._database = database
        self._means = means
        self._settings = settings
        self.runs = Runs(database)
        self.schedules = Scheduler(database, planners, lease_seconds=settings.lease_seconds)

    @contextmanager
    def controller(self, *, threads: int = 0) -> Iterator[Controller]:
        """A controller with its executor, which is closed at the end; ``threads`` other than those of the settings.

        Raises:
            JobError, SettingsError: the executor is the distributed one and the broker cannot be reached.
        """
        executor = self._executor(threads or self._settings.threads)
        try:
            yield Controller(self._database, executor, lease_seconds=self._settings.lease_seconds)
        finally:
            executor.close()

    def _executor(self, threads: int) -> Executor:
        from yiwang.core.jobs.local import LocalExecutor

        settings, means = self._settings, self._means
        broker = means.broker() if means.broker else None
        if broker is not None:
            broker.require()
        here = LocalExecutor(means.handlers, threads=threads, processes=settings.processes, secrets=means.secrets)
        if broker is None:
            return here
        from yiwang.core.jobs.distributed.executor import DistributedExecutor

        return DistributedExecutor(broker, here, lease_seconds=settings.lease_seconds)


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
