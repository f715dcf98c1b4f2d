"""A target at its site: one attempt at a time works on it, and how the last one ended is remembered.

The broker gives out a step again when the worker that had it vanished, or when its link was cut
for a while.  In the second case the first copy is still at work; the second waits for it here,
and then tells again what the first one told instead of doing it twice.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from contextlib import suppress
from pathlib import Path

import msgspec

from yiwang.core.jobs.distributed.messages import ReportItem
from yiwang.core.jobs.executor import Assignment, Report

Token = tuple[str, str, int]


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last attempt at a target: which, by which worker, and how it ended; None while it is under way."""

    token: Token
    worker: str
    end: ReportItem | None = None


class Target:
    """The lock of a target and the note beside it, in one file of the worker's folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self._file = folder / hashlib.sha256(name.encode()).hexdigest()[:32]
        self._descriptor = -1

    def take(self) -> bool:
        """Lock it, unless another attempt has it; a process that dies lets go."""
        if self._descriptor < 0:
            self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def let_go(self) -> None:
        """Unlock it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def note(self) -> Note | None:
        """What was noted last; None when there is nothing or it was cut short by a crash."""
        size = os.fstat(self._descriptor).st_size
        with suppress(msgspec.DecodeError):
            return msgspec.json.decode(os.pread(self._descriptor, size, 0), type=Note)
        return None

    def begin(self, assignment: Assignment, worker: str) -> None:
        """Note that the attempt is under way."""
        self._write(Note(assignment.token, worker))

    def end(self, report: Report, worker: str) -> None:
        """Note how the attempt ended."""
        token = (report.run_id, report.step_id, report.attempt)
        self._write(Note(token, worker, ReportItem(report.kind, report.text, report.result, report.may_retry)))

    def _write(self, note: Note) -> None:
        content = msgspec.json.encode(note)
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, content, 0)
