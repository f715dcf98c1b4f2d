"""A terminal for the command line: a real pseudo-terminal, and what a person would see on it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyte
import pytest


class Terminal:
    """yiwang on a terminal of its own; standard output and error are both the terminal."""

    def __init__(self, arguments: tuple[str, ...], environment: dict[str, str], size: tuple[int, int]) -> None:
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self.sent = b""
        self._leader, self._follower = pty.openpty()
        self._set_size(*size)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "yiwang", *arguments],
            env=environment,
            stdin=self._follower,
            stdout=self._follower,
            stderr=self._follower,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._leader, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns: int, rows: int) -> None:
        """As when somebody drags the window's corner."""
        self._set_size(columns, rows)
        self.screen.resize(rows, columns)

    def type(self, text: str) -> None:
        """As when somebody types."""
        os.write(self._leader, text.encode())

    @property
    def lines(self) -> list[str]:
        """What is seen, without blanks at the ends."""
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self) -> str:
        """What is seen, without empty lines."""
        return "\n".join(line for line in self.lines if line)

    @property
    def echoes(self) -> bool:
        """Whether what is typed is shown."""
        return bool(termios.tcgetattr(self._follower)[3] & termios.ECHO)

    def read(self, seconds: float = 0.05) -> None:
        """Take in what was sent to the terminal within so many seconds."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self._leader], [], [], left)[0]:
                sent = os.read(self._leader, 65536)
                self.sent += sent
                self._stream.feed(sent)

    def until(self, seen: Callable[[str], bool] | str, seconds: float = 60) -> str:
        """Read until something is seen; returns the text that is then seen."""
        holds = (lambda text: seen in text) if isinstance(seen, str) else seen
        end = time.monotonic() + seconds
        while not holds(self.text):
            assert time.monotonic() < end, f"never seen, but:\n{self.text}"
            self.read()
        return self.text

    def wait(self, seconds: float = 60) -> int:
        """Read until the program has ended; returns its exit code."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, f"does not end:\n{self.text}"
            self.read()
        self.read()
        return self.process.returncode

    def close(self) -> None:
        """End the program and the terminal."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._leader)
        os.close(self._follower)


OpenTerminal = Callable[..., Terminal]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An installation of its own, on a terminal."""
    return os.environ | {
        "YIWANG_STATE_FOLDER": str(tmp_path / "state"),
        "XDG_CONFIG_HOME": str(tmp_path),
        "YIWANG_LANGUAGE": "en",
        "PYTHONUTF8": "1",
        "TERM": "xterm-256color",
        "COLUMNS": "200",
    }


@pytest.fixture
def terminal(environment: dict[str, str]) -> Iterator[OpenTerminal]:
    """Starts yiwang with these arguments on a terminal of a size (columns, rows)."""
    opened: list[Terminal] = []

    def start(*arguments: str, size: tuple[int, int] = (80, 24), **more: str) -> Terminal:
        opened.append(Terminal(arguments, environment | more, size))
        return opened[-1]

    yield start
    for each in opened:
        each.close()
