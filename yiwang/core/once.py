"""Folders that are made once, appear whole, and are kept by what they were made from."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from yiwang.core.i18n import _

Report = Callable[[str], None]
"""Hears what is being done now, in the reader's language."""

PARTIAL = ".partial"


def silent(doing: str) -> None:
    """Report to nobody."""


def make_once(place: Path, make: Callable[[Path, int], None], *, report: Report = silent) -> None:
    """Make a folder, unless it is there: ``make`` gets an empty one and a lock to hand to what it starts.

    Whatever kills this process, the place afterwards is either absent or whole: it is filled beside
    its place and renamed last.  Of several callers one makes it and the others wait.
    """
    if place.is_dir():
        return
    with exclusively(place.parent, report=report) as lock:
        if place.is_dir():
            return
        partial = place.with_name(place.name + PARTIAL)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        try:
            make(partial, lock)
            subprocess.run(["sync", "--file-system", str(partial)], check=True)
            partial.rename(place)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def exclusively(folder: Path, *, report: Report = silent) -> Iterator[int]:
    """Be the only one who makes or removes something in a folder, and hold the lock for that.

    The folder is made if need be, and closed to everybody else.  A process that inherits the lock's
    descriptor keeps others out for as long as it lives.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Old copies of programs that run as root lie below: nobody else may reach them.
    folder.chmod(0o700)
    lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report(_("waiting for another process that makes the same"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)


def remove(place: Path) -> None:
    """Remove a folder so that it is never seen in part."""
    doomed = place.with_name(place.name + PARTIAL)
    shutil.rmtree(doomed, ignore_errors=True)
    place.rename(doomed)
    shutil.rmtree(doomed)
