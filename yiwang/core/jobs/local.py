"""The local executor: steps in threads and in processes of this machine, no broker."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from yiwang.core.errors import JobError
from yiwang.core.jobs.executor import ENDS, Assignment, Report, ReportKind
from yiwang.core.jobs.handlers import Handlers, StepHandler, carry_out
from yiwang.core.jobs.workers import Token, Workers
from yiwang.core.vault.opening import OpenSecret, no_vault

# After the first report, others are on their way: a few milliseconds' patience saves transactions.
LINGER_SECONDS = 0.004


@dataclass(frozen=True, slots=True)
class _ThreadLine:
    inbox: queue.SimpleQueue[Report]
    flag: threading.Event

    def send(self, report: Report) -> None:
        self.inbox.put(report)

    def is_cancelled(self) -> bool:
        return self.flag.is_set()


class LocalExecutor:
    """Carries out steps in ``threads`` threads and ``processes`` worker processes.

    A worker process that dies takes only its own step along, and none outlives this process.
    ``secrets`` opens references; it is handed to the worker processes.
    """

    dies_with_controller = True

    def __init__(
        self, handlers: Handlers, *, threads: int = 8, processes: int = 2, secrets: OpenSecret = no_vault
    ) -> None:
        self._handlers = handlers
        self._secrets = secrets
        self._inbox: queue.SimpleQueue[Report] = queue.SimpleQueue()
        self._live: dict[Token, threading.Event] = {}
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="yiwang-step")
        self._workers = Workers(processes, self._inbox, secrets)

    def attend(self, run_id: str, *, waiting: Sequence[Assignment], started: Sequence[Assignment]) -> None:
        """Nothing of an earlier controller is left: its steps died with it."""

    def leave(self, run_id: str, *, is_over: bool) -> None:
        """Steps under way end by themselves."""

    def submit(self, assignment: Assignment) -> None:
        """Queue one attempt; a kind that nobody can carry out is reported as failed."""
        try:
            handler = self._handlers.find(assignment.kind)
        except JobError as error:
            self._inbox.put(Report(*assignment.token, ReportKind.failed, str(error), may_retry=False))
            return
        flag = self._live[assignment.token] = threading.Event()
        if handler.isolation == "process":
            self._workers.submit(handler, assignment)
        else:
            self._threads.submit(self._in_thread, handler, assignment, flag)

    def _in_thread(self, handler: StepHandler, assignment: Assignment, flag: threading.Event) -> None:
        self._inbox.put(carry_out(handler.run, assignment, _ThreadLine(self._inbox, flag), self._secrets))

    def reports(self, timeout_seconds: float) -> Sequence[Report]:
        """What came in, and that every attempt not yet ended is alive."""
        came = []
        with suppress(queue.Empty):
            came.append(self._inbox.get(timeout=timeout_seconds))
            end = monotonic() + LINGER_SECONDS
            while True:
                came.append(self._inbox.get(timeout=max(0.0, end - monotonic())))
        alive = [Report(*token, ReportKind.alive) for token in self._live]
        return (*alive, *came)

    def confirm(self, reports: Sequence[Report]) -> None:
        """Forget the attempts that these reports ended."""
        for report in reports:
            if report.kind in ENDS:
                token = (report.run_id, report.step_id, report.attempt)
                self._live.pop(token, None)
                self._workers.forget(token)

    def stop(self, run_id: str, step_id: str, attempt: int) -> None:
        """Raise the cancellation flag of a running attempt."""
        token = (run_id, step_id, attempt)
        if token in self._live and not self._live[token].is_set():
            self._live[token].set()
            self._workers.stop(token)

    def close(self) -> None:
        """Let running steps end, drop queued ones, end the workers."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._workers.close()
