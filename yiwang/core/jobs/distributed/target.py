"""A target at its site: one attempt at a time works on it, and how the last one ended is remembered.

The broker gives out a step again when the worker that had it vanished, or when its link was cut
for a while.  In the second case the first copy is still at work; the second waits for it here,
and then tells again what the first one told instead of doing it twice.  A copy that comes after the
target has gone on, to a later attempt or to another step, is not carried out at all.
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
STEPS_KEPT = 16
"""Of a target so many earlier steps are remembered; a copy waits for no longer than a lease."""


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last attempt at a target: which, by which worker, and how it ended; None while it is under way.

    ``before`` are the last attempts at the steps that came before, the newest first.
    """

    token: Token
    worker: str
    end: ReportItem | None = None
    before: tuple[Token, ...] = ()

    def has_left(self, token: Token) -> bool:
        """Whether the target has gone on since that attempt."""
        *step, attempt = token
        is_later = self.token[2] > attempt and [*self.token[:2]] == step
        return is_later or any([*each[:2]] == step and each[2] >= attempt for each in self.before)

    def followed_by(self, token: Token, worker: str) -> Note:
        """The note of the next attempt at the target."""
        steps = (self.token, *self.before)
        before = tuple(each for each in steps if each[:2] != token[:2])
        return Note(token, worker, before=before[:STEPS_KEPT])


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
        last = self.note()
        self._write(last.followed_by(assignment.token, worker) if last else Note(assignment.token, worker))

    def end(self, report: Report, worker: str) -> None:
        """Note how the attempt ended."""
        token = (report.run_id, report.step_id, report.attempt)
        last = self.note()
        end = ReportItem(report.kind, report.text, report.result, report.may_retry)
        self._write(Note(token, worker, end, last.before if last else ()))

    def _write(self, note: Note) -> None:
        content = msgspec.json.encode(note)
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, content, 0)
