"""Painting lines at the bottom of a terminal, again and again, below what stays.

What is typed meanwhile is not echoed, since it would shift the picture.  When the size changes, everything that
is seen is painted afresh: terminals differ in what they do with lines that no longer fit.
"""

from __future__ import annotations

import os
import sys
import termios
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from yiwang.cli.live.line import Line, cut, written

HIDE_CURSOR = "\x1b[?25l"
SHOW_CURSOR = "\x1b[?25h"
CLEAR_BELOW = "\x1b[J"
CLEAR_LINE_END = "\x1b[K"
CLEAR_SCREEN = "\x1b[H\x1b[J"
KEPT_LINES = 200
LOCAL_MODES = 3
"""Where termios keeps the flags of the local modes."""


class Screen:
    """A terminal on a file descriptor; ``close`` leaves it as it was."""

    def __init__(self, descriptor: int, *, has_colour: bool = True) -> None:
        self._descriptor = descriptor
        self._has_colour = has_colour
        self._before: list[Any] | None = None
        self._painted = 0
        self._size: tuple[int, int] | None = None
        self._kept: deque[Line] = deque(maxlen=KEPT_LINES)

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows now."""
        try:
            columns, rows = os.get_terminal_size(self._descriptor)
        except OSError:
            return 80, 24
        return columns or 80, rows or 24

    @property
    def is_ours(self) -> bool:
        """False while the shell has put this process into the background."""
        try:
            return os.tcgetpgrp(self._descriptor) == os.getpgrp()
        except OSError:
            return True

    def paint(self, lines: Sequence[Line], above: Sequence[Line] = ()) -> None:
        """Show these lines in place of those of the last time; ``above`` are left standing above them.

        At most as many lines as the terminal has rows can be shown.
        """
        self._kept.extend(above)
        if not self.is_ours:
            self._size = None
            return
        self._silence()
        size = self.size
        if self._size in (None, size):
            start, stay = self._to_top(), list(above)
        else:
            start, stay = CLEAR_SCREEN, self._last_kept(size[1] - len(lines))
        self._size = size
        width = size[0] - 1
        rows = [written(cut(line, width), has_colour=self._has_colour) for line in (*stay, *lines)]
        self._write(HIDE_CURSOR + start + "\r\n".join(f"{row}{CLEAR_LINE_END}" for row in rows) + CLEAR_BELOW)
        self._painted = len(lines)

    def _to_top(self) -> str:
        up = f"\x1b[{self._painted - 1}A" if self._painted > 1 else ""
        return f"\r{up}"

    def _last_kept(self, count: int) -> list[Line]:
        return list(self._kept)[-count:] if count > 0 else []

    def _silence(self) -> None:
        """Stop the echo, also once more after the shell had the terminal in between."""
        with suppress(termios.error):
            modes = termios.tcgetattr(self._descriptor)
            if modes[LOCAL_MODES] & termios.ECHO:
                self._before = self._before or modes
                quiet = [*modes]
                quiet[LOCAL_MODES] &= ~termios.ECHO
                termios.tcsetattr(self._descriptor, termios.TCSANOW, quiet)

    def close(self) -> None:
        """Take the picture away and leave the terminal as it was."""
        if self._painted and self.is_ours:
            self._write(self._to_top() + CLEAR_BELOW + SHOW_CURSOR)
        self._painted = 0
        self._speak()

    def restore(self) -> None:
        """Give echo and cursor back and leave the picture; may be called in a signal handler."""
        if self._painted and self.is_ours:
            self._write(f"{SHOW_CURSOR}\r\n")
        self._speak()

    def _speak(self) -> None:
        if self._before is not None and self.is_ours:
            with suppress(termios.error):
                termios.tcsetattr(self._descriptor, termios.TCSANOW, self._before)

    def _write(self, text: str) -> None:
        left = text.encode(sys.stderr.encoding or "utf-8", "replace")
        while left:
            left = left[os.write(self._descriptor, left) :]
