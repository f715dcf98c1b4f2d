"""The worker processes of the local executor, and how they report."""

from __future__ import annotations

import multiprocessing
import queue
import socket
import threading
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from itertools import count

from pebble import ProcessExpired, ProcessPool

from yiwang.core.errors import code
from yiwang.core.i18n import N_, fill
from yiwang.core.jobs import apart
from yiwang.core.jobs.executor import Assignment, Report, ReportKind
from yiwang.core.jobs.handlers import StepHandler
from yiwang.core.vault.opening import OpenSecret, no_vault

CRASHED = code(
    "E0503",
    N_("the process that ran the step ended: {reason}"),
    N_("the step is tried again; look for the out-of-memory killer in the system's log if it repeats"),
)

DATAGRAM_BYTES = 128 * 1024
_END = b"\x00"

Token = tuple[str, str, int]


class Workers:
    """At most ``size`` worker processes; reports go into ``inbox``.  Started on first use."""

    def __init__(self, size: int, inbox: queue.SimpleQueue[Report], secrets: OpenSecret = no_vault) -> None:
        self._size = size
        self._secrets = secrets
        self._inbox = inbox
        self._pool: ProcessPool | None = None
        self._flags = apart.Flags()
        self._slots: dict[Token, int] = {}
        self._begun: set[Token] = set()
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._reader: threading.Thread | None = None
        self._reading = threading.Lock()
        self._submitting = threading.Lock()
        self._burying: list[threading.Thread] = []

    def submit(self, handler: StepHandler, assignment: Assignment) -> None:
        """Queue one attempt for the next free worker."""
        with self._submitting:
            slot = self._slots.get(assignment.token)
            if slot is None:
                taken = set(self._slots.values())
                slot = self._slots[assignment.token] = next(each for each in count() if each not in taken)
                self._flags[slot] = False
            args = (handler.run, assignment, slot, self._secrets)
            future: Future[Report] = self._living_pool().schedule(apart.carry_out_apart, args=args)
        future.add_done_callback(lambda ended: self._ended(handler, assignment, ended))

    def _living_pool(self) -> ProcessPool:
        if self._pool is not None and self._pool.active:
            return self._pool
        if self._pool is not None:
            # Not here: this may be one of the broken pool's own threads.
            self._burying.append(threading.Thread(target=_end, args=(self._pool,), name="yiwang-broken-pool"))
            self._burying[-1].start()
        if self._reader is None:
            self._reader = threading.Thread(target=self._read, name="yiwang-reports", daemon=True)
            self._reader.start()
        # Forked from a server that has no threads, locks or database connections to inherit.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([apart.__name__])
        pool = ProcessPool(
            self._size, initializer=apart.begin_worker, initargs=(self._theirs, self._flags), context=context
        )
        if not pool.active:
            raise RuntimeError("no worker process could be started")
        self._pool = pool
        return pool

    def _read(self) -> None:
        while self._ours.recv(1, socket.MSG_PEEK) != _END:
            self._drain()

    def _drain(self) -> None:
        with self._reading, suppress(BlockingIOError):
            while self._ours.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != _END:
                report = apart.unpacked(self._ours.recv(DATAGRAM_BYTES, socket.MSG_DONTWAIT))
                if report.kind is ReportKind.started:
                    self._begun.add((report.run_id, report.step_id, report.attempt))
                self._inbox.put(report)

    def _ended(self, handler: StepHandler, assignment: Assignment, future: Future[Report]) -> None:
        # What the worker sent before it ended is in the socket by now, and comes first.
        self._drain()
        error = future.exception()
        if error is None:
            self._inbox.put(future.result())
        elif isinstance(error, BrokenProcessPool) and assignment.token not in self._begun:
            # An idle worker was killed, upon which the pool gives up; this step had not begun.
            self.submit(handler, assignment)
        else:
            self._inbox.put(_crash(assignment, error))

    def stop(self, token: Token) -> None:
        """Raise the cancellation flag of an attempt."""
        if token in self._slots:
            self._flags[self._slots[token]] = True

    def forget(self, token: Token) -> None:
        """The attempt has ended."""
        self._begun.discard(token)
        self._slots.pop(token, None)

    def close(self) -> None:
        """Let running steps end, then end the workers."""
        if self._pool is not None:
            _end(self._pool)
        for thread in self._burying:
            thread.join()
        if self._reader is not None:
            self._theirs.send(_END)
            self._reader.join()
        self._ours.close()
        self._theirs.close()
        self._flags.close()


def _end(pool: ProcessPool) -> None:
    pool.close()  # type: ignore[no-untyped-call]
    pool.join()


def _crash(assignment: Assignment, error: BaseException) -> Report:
    if isinstance(error, ProcessExpired):
        status = error.exitcode
        reason = fill(N_("signal {number}") if status < 0 else N_("exit status {number}"), {"number": abs(status)})
    else:
        reason = f"{type(error).__name__}: {error}"
    text = f"{CRASHED.id} {fill(CRASHED.message, {'reason': reason})}"
    # What cannot be sent to a worker at all will not be sent the next time either.
    is_worth_another = isinstance(error, ProcessExpired | BrokenProcessPool)
    return Report(*assignment.token, ReportKind.crashed, text, may_retry=is_worth_another)
