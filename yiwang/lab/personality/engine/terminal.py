"""The line of a terminal: echo and editing, history, and the pager."""

from __future__ import annotations

import contextlib
import os
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator

from yiwang.lab.personality.engine.pace import pause, seconds

CTRL_A, CTRL_C, CTRL_D, CTRL_E, CTRL_U, CTRL_W, CTRL_Z = "\x01", "\x03", "\x04", "\x05", "\x15", "\x17", "\x1a"
REMEMBERED = 100


class ClosedError(Exception):
    """The other side has gone."""


class AbortedError(Exception):
    """Ctrl-C was typed."""


class OutermostError(Exception):
    """Ctrl-Z was typed: back to the outermost view."""


@contextlib.contextmanager
def raw(handle: int) -> Iterator[None]:
    """The terminal with every key given as it is typed; left as it was afterwards."""
    if not os.isatty(handle):
        yield
        return
    before = termios.tcgetattr(handle)
    # What was typed while this process began is kept: drivers do not wait for the first prompt.
    tty.setraw(handle, termios.TCSANOW)
    try:
        yield
    finally:
        termios.tcsetattr(handle, termios.TCSADRAIN, before)


class Terminal:
    """Keys in, text out; ``help_for`` tells what may follow a line where ``?`` is typed."""

    def __init__(self, source: int = 0, target: int = 1) -> None:
        self._source = source
        self._target = target
        self._waiting = b""
        self._after_return = False
        self._history: list[str] = []
        self.is_echoing = os.isatty(source)
        self.help_for: Callable[[str], tuple[str, str]] = lambda line: ("", line)
        self.lines = 0
        """Lines on a page of output; 0: no pager."""

    def write(self, text: str) -> None:
        """Text to the terminal; a line's end becomes what a terminal wants."""
        rest = text.replace("\n", "\r\n").encode("utf-8", "surrogateescape")
        while rest:
            try:
                rest = rest[os.write(self._target, rest) :]
            except OSError as error:
                raise ClosedError from error

    def key(self) -> str:
        """One key; a key that sends an escape sequence is one."""
        character = self._character()
        if character != "\x1b":
            return character
        sequence = character + self._character()
        while sequence[-1] in "[O0123456789;":
            sequence += self._character()
        return sequence

    def _character(self) -> str:
        data = self._byte()
        for _ in range({0b1100: 1, 0b1101: 1, 0b1110: 2, 0b1111: 3}.get(data[0] >> 4, 0)):
            data += self._byte()
        return data.decode("utf-8", "replace")

    def _byte(self) -> bytes:
        if not self._waiting:
            try:
                self._waiting = os.read(self._source, 4096)
            except OSError as error:
                raise ClosedError from error
            if not self._waiting:
                raise ClosedError
        first, self._waiting = self._waiting[:1], self._waiting[1:]
        return first

    def ask(self, question: str, *, is_hidden: bool = False) -> str:
        """A line typed after a question; what is typed is not shown where it is a password."""
        line = _Editor(self, question, [], is_hidden=is_hidden)
        return line.read()

    def read(self, prompt: str) -> str:
        """A command line typed after a prompt."""
        pause("prompt")
        line = _Editor(self, prompt, self._history).read()
        if line.strip():
            self._history = [*self._history[-REMEMBERED:], line]
        return line

    def page(self, text: str, more: str, erase: str) -> None:
        """Text, page by page: a blank for the next, Enter for a line, q to stop."""
        left = self.lines - 1 if self.lines > 0 else -1
        wait = seconds("line")
        if left < 0 and not wait:
            self.write(text)
            return
        for line in text.splitlines(keepends=True):
            if left == 0:
                left = self._more(more, erase)
                if not left:
                    return
            time.sleep(wait)
            self.write(line)
            left -= 1

    def _more(self, more: str, erase: str) -> int:
        self.write(more)
        while True:
            key = self.key()
            if key in ("\r", "\n", "\x1b[B"):
                left = 1
            elif key == " ":
                left = self.lines - 1
            elif key in ("q", "Q", CTRL_C, CTRL_Z):
                left = 0
            else:
                continue
            self.write(erase)
            return left

    def ends_line(self, key: str) -> bool:
        """Whether a key ends a line; a line feed right after a carriage return belongs to it."""
        was_return, self._after_return = self._after_return, key == "\r"
        return key == "\r" or (key == "\n" and not was_return)


class _Editor:
    """One line while it is typed."""

    def __init__(self, terminal: Terminal, prompt: str, history: list[str], *, is_hidden: bool = False) -> None:
        self._terminal = terminal
        self._prompt = prompt
        self._history = history
        self._recalled = len(history)
        self._is_hidden = is_hidden
        self._before = ""
        self._after = ""

    def read(self) -> str:
        self._terminal.write(self._prompt)
        while True:
            key = self._terminal.key()
            if self._terminal.ends_line(key):
                self._show("\n")
                return self._before + self._after
            if key != "\n":
                self._take(key)

    def _take(self, key: str) -> None:
        if key in (CTRL_C, CTRL_Z):
            self._show("^C\n" if key == CTRL_C else "^Z\n")
            raise AbortedError if key == CTRL_C else OutermostError
        if key == CTRL_D and not self._before + self._after:
            raise ClosedError
        if action := _ACTIONS.get(key):
            action(self)
        elif key in ("?", "\t") and not self._is_hidden:
            self._help(key)
        elif key.isprintable():
            self._set(self._before + key, self._after)

    def _set(self, before: str, after: str) -> None:
        """Show what changed between the line as it was and as it is to be."""
        same = _same_start(self._before, before)
        back = "\b" * (len(self._before) - same)
        blank = " " * max(len(self._before) + len(self._after) - len(before) - len(after), 0)
        tail = before[same:] + after
        is_appended = not back and not after and not self._after
        drawn = tail if is_appended else f"{back}{tail}{blank}" + "\b" * (len(blank) + len(after))
        self._show(drawn)
        self._before, self._after = before, after

    def _show(self, text: str) -> None:
        if self._terminal.is_echoing and (not self._is_hidden or text.endswith("\n")):
            self._terminal.write(text)

    def _help(self, key: str) -> None:
        shown, completed = self._terminal.help_for(self._before)
        if key == "\t":
            self._set(completed, self._after)
            return
        self._terminal.write(f"?\n{shown}{self._prompt}{self._before}{self._after}" + "\b" * len(self._after))

    def erase(self) -> None:
        self._set(self._before[:-1], self._after)

    def erase_line(self) -> None:
        self._set("", "")

    def erase_word(self) -> None:
        kept = self._before.rstrip()
        self._set(kept[: kept.rfind(" ") + 1], self._after)

    def to_start(self) -> None:
        self._set("", self._before + self._after)

    def to_end(self) -> None:
        self._set(self._before + self._after, "")

    def left(self) -> None:
        self._set(self._before[:-1], self._before[-1:] + self._after)

    def right(self) -> None:
        self._set(self._before + self._after[:1], self._after[1:])

    def older(self) -> None:
        self._recall(self._recalled - 1)

    def newer(self) -> None:
        self._recall(self._recalled + 1)

    def _recall(self, number: int) -> None:
        if 0 <= number <= len(self._history):
            self._recalled = number
            self._set("", "")
            self._set(self._history[number] if number < len(self._history) else "", "")


_ACTIONS: dict[str, Callable[[_Editor], None]] = {
    "\x7f": _Editor.erase,
    "\b": _Editor.erase,
    CTRL_U: _Editor.erase_line,
    CTRL_W: _Editor.erase_word,
    CTRL_A: _Editor.to_start,
    CTRL_E: _Editor.to_end,
    "\x1b[D": _Editor.left,
    "\x1b[C": _Editor.right,
    "\x1b[A": _Editor.older,
    "\x1b[B": _Editor.newer,
    "\x10": _Editor.older,
    "\x0e": _Editor.newer,
    "\x02": _Editor.left,
    "\x06": _Editor.right,
}


def _same_start(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((index for index, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def standard() -> Terminal:
    """The terminal of this process."""
    return Terminal(sys.stdin.fileno(), sys.stdout.fileno())
