"""What a worker does with a step that the broker hands it."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from yiwang.core.errors import JobError
from yiwang.core.i18n import N_, fill
from yiwang.core.jobs.distributed.broker import Broker
from yiwang.core.jobs.distributed.messages import StepMessage, StopMessage
from yiwang.core.jobs.distributed.outbox import Outbox
from yiwang.core.jobs.distributed.target import Note, Target, Token
from yiwang.core.jobs.executor import Assignment, Report, ReportKind
from yiwang.core.jobs.handlers import Handlers, carry_out
from yiwang.core.jobs.workers import CRASHED
from yiwang.core.vault.opening import OpenSecret

LOOK_SECONDS = 0.05
STOPS_KEPT_SECONDS = 24 * 3600


def new_worker_name(site: str) -> str:
    """A name unlike that of any other worker, also of an earlier one with the same certificate."""
    host = "".join(each if each.isalnum() or each in ".-" else "-" for each in socket.gethostname())
    return f"{site}/{host or 'host'}/{os.getpid()}-{secrets.token_hex(4)}"


@dataclass(frozen=True)
class Post:
    """A worker's place: its site, its name ``SITE/HOST/PROCESS``, its folder, and all that it works with."""

    site: str
    worker: str
    folder: Path
    broker: Broker
    handlers: Handlers
    secrets: OpenSecret

    def prepare(self) -> None:
        """Make the folders, and forget what was to stop long ago."""
        for folder in (self.targets, self.stops):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file in self.stops.iterdir():
            with suppress(OSError):
                if time.time() - file.stat().st_mtime > STOPS_KEPT_SECONDS:
                    file.unlink()

    @property
    def targets(self) -> Path:
        """Where the locks and notes of targets are."""
        return self.folder / "targets"

    @property
    def stops(self) -> Path:
        """A file for each attempt that is to stop."""
        return self.folder / "stops"

    @cached_property
    def outbox(self) -> Outbox:
        """The reports of this process; first touched after the fork, so that each has a connection of its own."""
        return Outbox(self.broker, self.worker)

    def stop_file(self, token: Token) -> Path:
        """The file that is there when the attempt is to stop."""
        return self.stops / hashlib.sha256("\x00".join(map(str, token)).encode()).hexdigest()[:32]

    def stop(self, message: StopMessage) -> None:
        """Let the attempt stop, whether it runs or is still to come."""
        self.stop_file((message.run, message.step, message.attempt)).touch(mode=0o600)


@dataclass(frozen=True, slots=True)
class _Line:
    outbox: Outbox
    stop: Path
    is_again: bool

    def send(self, report: Report) -> None:
        self.outbox.send(report)
        if report.kind is ReportKind.started and self.is_again:
            # Its worker vanished before; should this one too, it must be known that it had begun.
            self.outbox.flush()

    def is_cancelled(self) -> bool:
        return self.stop.exists()


def carry_out_here(post: Post, message: StepMessage, *, is_again: bool) -> None:
    """Carry out one attempt and report it; returns when its end is at the broker.

    ``is_again`` is what the broker says of a message that it handed out before.
    """
    assignment = message.assignment
    post.outbox.begin(assignment.token, message.alive_seconds)
    line = _Line(post.outbox, post.stop_file(assignment.token), is_again)
    post.outbox.finish(_attempted(post, assignment, line))


def _attempted(post: Post, assignment: Assignment, line: _Line) -> Report:
    if assignment.site != post.site:
        text = fill(
            N_("a step of site {site} came to a worker of {here}"), {"site": assignment.site, "here": post.site}
        )
        return Report(*assignment.token, ReportKind.failed, text, may_retry=False)
    target = Target(post.targets, assignment.target)
    try:
        while not target.take():
            if line.is_cancelled():
                return Report(*assignment.token, ReportKind.cancelled)
            time.sleep(LOOK_SECONDS)
        return _earlier(post, assignment, target.note()) or _now(post, assignment, line, target)
    finally:
        target.let_go()


def _earlier(post: Post, assignment: Assignment, note: Note | None) -> Report | None:
    """What is to be reported without doing anything, because this attempt was here before or comes too late."""
    if note is not None and note.has_left(assignment.token):
        # A copy that lay at the broker; nobody waits for its report.
        return Report(*assignment.token, ReportKind.cancelled)
    if note is None or note.token != assignment.token:
        return None
    if note.end is not None:
        return Report(*note.token, note.end.kind, note.end.text, note.end.result, note.end.may_retry)
    if note.worker != post.worker:
        # The whole worker vanished, which says nothing about the step; it is done again.
        return None
    reason = N_("it was killed")
    text = f"{CRASHED.id} {fill(CRASHED.message, {'reason': reason})}"
    return Report(*assignment.token, ReportKind.crashed, text)


def _now(post: Post, assignment: Assignment, line: _Line, target: Target) -> Report:
    if line.is_cancelled():
        return Report(*assignment.token, ReportKind.cancelled)
    try:
        handler = post.handlers.find(assignment.kind)
    except JobError as error:
        return Report(*assignment.token, ReportKind.failed, str(error), may_retry=False)
    target.begin(assignment, post.worker)
    report = carry_out(handler.run, assignment, line, post.secrets)
    target.end(report, post.worker)
    return report
