"""Handing secrets to the SSH client without a file on any disk, an argument or a variable.

A secret lies in anonymous memory of this process and is named to the client as ``/proc/<pid>/fd/<n>``,
which only this user can open.  It is gone with the process, even after ``kill -9``.
"""

from __future__ import annotations

import os
from contextlib import ExitStack

# What SSH_ASKPASS runs: it is told the place of the password, never the password.
ASK = '#!/bin/sh\nexec cat -- "$YIWANG_ANSWER"\n'
ANSWER_VARIABLE = "YIWANG_ANSWER"


class Handover:
    """Contents that a child process may read by path until this is closed."""

    def __init__(self) -> None:
        self._opened = ExitStack()

    def offer(self, content: str, *, mode: int = 0o600) -> str:
        """The path under which the content can be read."""
        handle = _readable(content.encode("utf-8", "surrogateescape"), mode)
        self._opened.callback(os.close, handle)
        return f"/proc/{os.getpid()}/fd/{handle}"

    def program(self) -> str:
        """The path of the program that answers SSH's question for a password."""
        return self.offer(ASK, mode=0o700)

    def close(self) -> None:
        """Forget everything."""
        self._opened.close()


def _readable(content: bytes, mode: int) -> int:
    writing = os.memfd_create("yiwang", os.MFD_CLOEXEC)
    try:
        os.fchmod(writing, mode)
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(writing, rest) :]
        # A program that anybody has open for writing is not executed.
        return os.open(f"/proc/self/fd/{writing}", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(writing)
