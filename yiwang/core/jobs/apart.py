"""The worker's side of a step in a process of its own.

A worker speaks to its executor in datagrams: each arrives whole or not at all, and no lock
is shared that a killed worker could leave behind.  It is spoken to through single bytes of
shared memory.  Both are nameless, so that a crash leaves no files.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import mmap
import os
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import parent_process, reduction
from typing import Any

from yiwang.core.jobs.executor import Assignment, Report, ReportKind
from yiwang.core.jobs.handlers import StepFunction, carry_out
from yiwang.core.vault.opening import OpenSecret

PR_SET_PDEATHSIG = 1
F_SETSIG = 10
LONGEST_TEXT = 16 * 1024
FLAGS = 64 * 1024


class Flags:
    """One byte for each step under way: 1 when it is cancelled; shared with the workers."""

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = os.memfd_create("yiwang-flags") if descriptor is None else descriptor
        os.ftruncate(self._descriptor, FLAGS)
        self._bytes = mmap.mmap(self._descriptor, FLAGS)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_flags, (reduction.DupFd(self._descriptor),))

    def __getitem__(self, slot: int) -> bool:
        return self._bytes[slot] != 0

    def __setitem__(self, slot: int, value: bool) -> None:
        self._bytes[slot] = value

    def close(self) -> None:
        """Let go of the memory."""
        self._bytes.close()
        os.close(self._descriptor)


def _flags(descriptor: Any) -> Flags:
    return Flags(descriptor.detach())


_channel: socket.socket
_shared: Flags


def begin_worker(channel: socket.socket, flags: Flags) -> None:
    """Prepare a worker process: it must not outlive the controller, whatever kills that.

    Its parent by the kernel's account is the fork server, which lives as long as any worker
    does, so the usual signal on a parent's death is not enough.  The controller holds the
    other end of a pipe; when that closes, the kernel kills the worker, whatever it does.
    """
    global _channel, _shared
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    controller = parent_process()
    if controller is None:
        os._exit(1)
    pipe = controller.sentinel
    fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(pipe, F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    if not controller.is_alive():
        os._exit(1)
    _channel, _shared = channel, flags


def packed(report: Report) -> bytes:
    """A report without a result, as one datagram."""
    token = (report.run_id, report.step_id, report.attempt)
    return json.dumps([*token, report.kind.value, report.text[:LONGEST_TEXT]]).encode()


def unpacked(datagram: bytes) -> Report:
    """The report again."""
    run_id, step_id, attempt, kind, text = json.loads(datagram)
    return Report(run_id, step_id, attempt, ReportKind(kind), text)


@dataclass(frozen=True, slots=True)
class Datagrams:
    """The line of a step in a worker."""

    channel: socket.socket
    flags: Flags
    slot: int

    def send(self, report: Report) -> None:
        """Send one datagram; when nobody listens any more, the worker is about to end anyway."""
        with suppress(OSError):
            self.channel.send(packed(report))

    def is_cancelled(self) -> bool:
        """True once the executor has raised the flag."""
        return self.flags[self.slot]


def carry_out_apart(function: StepFunction, assignment: Assignment, slot: int, secrets: OpenSecret) -> Report:
    """Run a handler in this worker."""
    return carry_out(function, assignment, Datagrams(_channel, _shared, slot), secrets)
