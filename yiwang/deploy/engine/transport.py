"""The narrow seam to a target: run commands there, write a file, read one.

:class:`~yiwang.deploy.engine.channel.Channel` is the real one over SSH,
:class:`~yiwang.deploy.engine.plain.Plain` the slower one for nodes without Python, and
:class:`~yiwang.deploy.engine.fake.FakeNode` the one in memory that ships for tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

TIMED_OUT = -1
LOOK_SECONDS = 60
"""How long a command that only looks may take."""

Say = Callable[[str], None]
"""Told each piece of what a command says, as it says it."""


@dataclass(frozen=True, slots=True)
class Output:
    """How a command ended; ``code`` is -1 when its time ran out."""

    code: int
    out: str = ""
    err: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What many commands said at once: the digest of it all, and the outputs unless they were as expected."""

    digest: str
    outputs: tuple[Output, ...] | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file's beginning, and how large it is in whole."""

    content: bytes
    size: int


class Transport(Protocol):
    """A connection to one target, as root where the endpoint says so.

    Every method raises ``ReachError`` when the target cannot be reached or the connection is lost.
    """

    round_trips: int
    """Messages that were answered so far."""

    def look(self, commands: Sequence[str], *, expect: str | None = None) -> Look:
        """Run commands that change nothing, several at once; only the digest comes back when it is as expected."""

    def run(self, command: str, *, stdin: bytes = b"", timeout: float | None = None, say: Say | None = None) -> Output:
        """Run one command to its end."""

    def put(self, path: str, content: bytes, *, mode: int | None = None) -> None:
        """Write a file so that it is the old or the new one, whole; an old one keeps its owner and mode.

        Raises:
            DeployError: it cannot be written (E2008).
        """

    def get(self, path: str, *, limit: int) -> Fetched | None:
        """The beginning of a file; None when there is none."""

    def lock(self, *, wait: float) -> bool:
        """Hold the target's lock until this is closed; whether it could be had in time."""

    def close(self) -> None:
        """End the connection."""


def digest(outputs: Sequence[Output]) -> str:
    """One digest over all outputs; what a command complained about counts only when it failed."""
    whole = blake2b(digest_size=32)
    for each in outputs:
        out = each.out.encode("utf-8", "surrogateescape")
        err = each.err.encode("utf-8", "surrogateescape") if each.code else b""
        whole.update(b"%d %d %d\n" % (each.code, len(out), len(err)))
        whole.update(out)
        whole.update(err)
    return whole.hexdigest()
