"""Making the running configuration true without making the operator wait for it."""

from __future__ import annotations

import subprocess


class Applier:
    """Starts the device's ``apply`` program after changes: never two at a time, and none is forgotten.

    The program reads the newest configuration itself, so many changes need only one more run.
    """

    def __init__(self, command: tuple[str, ...]) -> None:
        self._command = command
        self._is_wanted = False
        self._running: subprocess.Popen[bytes] | None = None

    def changed(self) -> None:
        """The configuration has become another."""
        self._is_wanted = bool(self._command)
        self.look()

    def look(self) -> None:
        """Start what is wanted, unless the last run still lasts."""
        if self._running and self._running.poll() is not None:
            self._running = None
        if self._is_wanted and self._running is None:
            self.flush()

    def flush(self) -> None:
        """Start what is wanted now; it goes on when the session has ended."""
        if not self._is_wanted:
            return
        self._is_wanted = False
        self._running = self.run()

    def run(self, *arguments: str) -> subprocess.Popen[bytes] | None:
        """Start the program with these arguments and do not wait; None where there is none."""
        if not self._command:
            return None
        nothing = subprocess.DEVNULL
        command = [*self._command, *arguments]
        return subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)
