"""Looking at a run and showing it, over and over, within a budget of processor time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Protocol

from yiwang.core.errors import DatabaseError
from yiwang.core.i18n import _
from yiwang.core.jobs.watching import Sight, Watch

SHARE = 0.02
"""What looking may take of one processor."""
SHORTEST_SECONDS = 0.4
LONGEST_SECONDS = 2.0


class Show(Protocol):
    """A way to show a run."""

    def show(self, sight: Sight) -> None:
        """Show how it stands; the caller comes again within seconds, also when nothing happened."""

    def trouble(self, problem: str) -> None:
        """Show that it cannot be looked at, and why."""

    def close(self) -> None:
        """Nothing more will be shown."""

    def restore(self) -> None:
        """The process ends at once: give the terminal back as it was."""


def follow(
    watch: Watch, show: Show, *, until: Callable[[Sight], bool], leave: threading.Event | None = None
) -> Sight | None:
    """Show a run until something is seen, or until ``leave`` is set; returns what was seen last.

    A database that does not answer is shown, and asked again.
    """
    leave = leave or threading.Event()
    sight = None
    while True:
        is_last = leave.is_set()
        began = time.thread_time()
        try:
            sight = watch.look()
            show.show(sight)
        except DatabaseError as error:
            show.trouble(_("cannot look: {reason}").format(reason=error))
        else:
            is_last = is_last or until(sight)
        if is_last:
            return sight
        leave.wait(pause_after(time.thread_time() - began))


def pause_after(cpu_seconds: float) -> float:
    """How long to wait after a look that took so much, so that looking stays within its share."""
    return min(LONGEST_SECONDS, max(SHORTEST_SECONDS, cpu_seconds / SHARE))


@contextmanager
def following(watch: Watch, show: Show) -> Iterator[None]:
    """Show a run beside what this thread does; at the end, once more, how it came out.

    Whoever stops listening does not stop the run: an output that is closed is not written to any more.
    """
    leave = threading.Event()
    problems: list[Exception] = []

    def watching() -> None:
        try:
            follow(watch, show, until=lambda _sight: False, leave=leave)
        except OSError:
            return
        except Exception as error:
            problems.append(error)

    # The first look is at the run as it was before anything is done.
    show.show(watch.look())
    # Threads begin without the language that was chosen.
    thread = threading.Thread(target=copy_context().run, args=(watching,), name="yiwang-view", daemon=True)
    thread.start()
    try:
        yield
    finally:
        leave.set()
        thread.join()
        show.close()
    for problem in problems:
        raise problem
