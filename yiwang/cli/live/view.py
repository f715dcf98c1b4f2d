"""Showing a run as a view that moves on a terminal."""

from __future__ import annotations

import os
import sys
from time import monotonic

from yiwang.cli.live.frame import ASCII, UNICODE, Layout, Room, Signs, frame
from yiwang.cli.live.line import Line, clean
from yiwang.cli.live.screen import Screen
from yiwang.cli.live.speech import news
from yiwang.core.jobs.stream import Told
from yiwang.core.jobs.watching import Sight

BAD_NEWS = ("failed", "lost", "refused")


class ViewShow:
    """The view, with what is of note left standing above it."""

    def __init__(self, screen: Screen, layout: Layout, signs: Signs) -> None:
        self._screen = screen
        self._layout = layout
        self._signs = signs
        self._beat = 0
        self._lines: list[Line] = []
        self._since: float | None = None

    def show(self, sight: Sight) -> None:
        """Paint how the run stands now."""
        self._since = None
        self._beat += 1
        columns, rows = self._screen.size
        room = Room(columns - 1, rows - 1, self._signs, self._beat)
        self._lines = frame(sight, self._layout, room)
        self._screen.paint(self._lines, [self._news(sight, told) for told in sight.news])

    def _news(self, sight: Sight, told: Told) -> Line:
        is_bad = told.kind in BAD_NEWS
        sign = self._signs.failed if is_bad else self._signs.current
        moment = f"{told.time.astimezone():%H:%M:%S}"
        return (("dim", f"{moment} "), ("bad" if is_bad else "warn", f"{sign} "), ("", clean(news(told))))

    def trouble(self, problem: str) -> None:
        """Say below the last picture why there is no newer one."""
        self._since = self._since or monotonic()
        self._beat += 1
        sign = self._signs.spinner[self._beat % len(self._signs.spinner)]
        words = f"{sign} {int(monotonic() - self._since)} s: {clean(problem)}"
        rows = self._screen.size[1] - 2
        self._screen.paint([*self._lines[:rows], (("bad", words),)])

    def close(self) -> None:
        """Take the view away."""
        self._screen.close()

    def restore(self) -> None:
        """Give the terminal back as it was, at once."""
        self._screen.restore()


def is_view_possible() -> bool:
    """Whether standard error is a terminal whose cursor can be moved."""
    return sys.stderr.isatty() and os.environ.get("TERM", "") not in ("", "dumb", "unknown")


def view_on_terminal(layout: Layout) -> ViewShow:
    """The view on standard error, with what signs and colours it can show."""
    has_colour = not os.environ.get("NO_COLOR")
    return ViewShow(Screen(sys.stderr.fileno(), has_colour=has_colour), layout, _signs())


def _signs() -> Signs:
    if os.environ.get("TERM") == "linux":
        return ASCII
    try:
        "".join((UNICODE.spinner, UNICODE.done, UNICODE.current, UNICODE.full)).encode(sys.stderr.encoding or "ascii")
    except UnicodeEncodeError:
        return ASCII
    return UNICODE
