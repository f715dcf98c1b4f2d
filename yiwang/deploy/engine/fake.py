"""A node in memory, shipped so that components, plans and rollouts can be tried without a node.

It understands the commands of the facts and operations that components use most: files and folders, lines
of files, packages, services, accounts, groups and kernel settings.  What it does not understand it answers
by ``answers``, or with success and no output, and writes down in ``unknown``.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.fake_shell import COMMANDS, FakeFile
from yiwang.deploy.engine.faults import UNREACHABLE, ReachError
from yiwang.deploy.engine.transport import Fetched, Look, Output, Say, Transport, digest

__all__ = ["FakeFile", "FakeNode", "FakeNodes", "FakeTransport"]


@dataclass
class FakeNode:
    """The node: what is on it may be set up before and looked at afterwards.

    ``latency_seconds`` is waited for each message; ``is_down`` refuses connections; ``failing`` are
    regular expressions of commands that fail.
    """

    name: str = "node"
    files: dict[str, FakeFile] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)
    services: dict[str, tuple[str, str]] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=lambda: {"root": "root:x:0:0:root:/root:/bin/bash"})
    groups: dict[str, int] = field(default_factory=lambda: {"root": 0})
    settings: dict[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    failing: Sequence[str] = ()
    latency_seconds: float = 0.0
    is_down: bool = False
    ran: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        for folder in ("/", "/etc", "/var", "/var/lib", "/home", "/root", "/tmp", "/run"):  # noqa: S108 - in memory
            self.files.setdefault(folder, FakeFile(None, 0o755))

    def do(self, command: str, stdin: bytes = b"") -> Output:
        """What a command says, and does to the node."""
        if any(re.search(each, command) for each in self.failing):
            return Output(1, "", "it is set up to fail\n")
        if command in self.answers:
            return Output(0, self.answers[command])
        for pattern, answer in COMMANDS:
            if found := re.fullmatch(pattern, command, re.DOTALL):
                return answer(self, found)
        self.unknown.append(command)
        return Output(0)

    def write(self, path: str, content: bytes, mode: int | None = None) -> None:
        """Write a file; one that is there keeps its owner and mode."""
        file = self.files.setdefault(path, FakeFile())
        file.content = content
        if mode is not None:
            file.mode = mode


class FakeTransport:
    """A connection to a node in memory."""

    def __init__(self, node: FakeNode) -> None:
        self.round_trips = 0
        self._node = node
        self._has_lock = False

    def look(self, commands: Sequence[str], *, expect: str | None = None) -> Look:
        """Ask for many answers."""
        self._travel()
        outputs = tuple(self._node.do(command) for command in commands)
        found = digest(outputs)
        return Look(found, None if found == expect else outputs)

    def run(self, command: str, *, stdin: bytes = b"", timeout: float | None = None, say: Say | None = None) -> Output:
        """Run one command."""
        self._travel()
        self._node.ran.append(command)
        output = self._node.do(command, stdin)
        if say and (output.out or output.err):
            say(output.out + output.err)
        return output

    def put(self, path: str, content: bytes, *, mode: int | None = None) -> None:
        """Write a file."""
        self._travel()
        self._node.write(path, content, mode)

    def get(self, path: str, *, limit: int) -> Fetched | None:
        """Read a file's beginning."""
        self._travel()
        file = self._node.files.get(path)
        return Fetched(file.content[:limit], len(file.content)) if file and file.content is not None else None

    def lock(self, *, wait: float) -> bool:
        """Hold the node's lock."""
        self._has_lock = self._has_lock or self._node.lock.acquire(timeout=wait)
        return self._has_lock

    def close(self) -> None:
        """Let the lock go."""
        if self._has_lock:
            self._has_lock = False
            self._node.lock.release()

    def _travel(self) -> None:
        self.round_trips += 1
        if self._node.latency_seconds:
            time.sleep(self._node.latency_seconds)


@dataclass(frozen=True)
class FakeNodes:
    """Nodes by the names of their endpoints; used as the ``connect`` of tools."""

    nodes: Mapping[str, FakeNode]

    def __call__(self, endpoint: Endpoint, *, fresh: bool = False) -> Transport:
        """A connection to the node of that name.

        Raises:
            ReachError: there is none, or it is down.
        """
        node = self.nodes.get(endpoint.name)
        if node is None or node.is_down:
            raise ReachError(UNREACHABLE, target=endpoint.name, reason="down")
        return FakeTransport(node)
