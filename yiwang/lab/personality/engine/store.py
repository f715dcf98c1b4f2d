"""The running and the saved configuration: files that several sessions share."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from yiwang.lab.personality.engine.device import Device
from yiwang.lab.personality.engine.platform import Platform
from yiwang.lab.personality.engine.tree import Tree, parse, written


class Store:
    """The configurations of one device."""

    def __init__(self, device: Device, platform: Platform) -> None:
        self._device = device
        self._platform = platform
        self._seen: tuple[int, int, int] | None = None
        self._tree: Tree = ()

    @property
    def running(self) -> Tree:
        """The configuration in force, read again only when a session has changed it."""
        at = self._device.running.stat()
        mark = (at.st_mtime_ns, at.st_ino, at.st_size)
        if mark != self._seen:
            self._tree = parse(self._device.running.read_text("utf-8"), self._platform.comment)
            self._seen = mark
        return self._tree

    @property
    def saved(self) -> str | None:
        """The saved configuration; None when nothing was ever saved."""
        try:
            return self._device.startup.read_text("utf-8")
        except FileNotFoundError:
            return None

    def change(self, change: Callable[[Tree], Tree]) -> bool:
        """Change the running configuration, no other session between; whether it became another."""
        with self._locked():
            before = self.running
            after = change(before)
            if after == before:
                return False
            replace(self._device.running, written(after))
            return True

    def save(self) -> None:
        """Make the running configuration the saved one."""
        with self._locked():
            replace(self._device.startup, written(self.running))

    def erase(self) -> None:
        """Forget the saved configuration."""
        self._device.startup.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._device.state / "lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def replace(file: Path, text: str, mode: int = 0o640) -> None:
    """Write a file so that whoever reads it finds the old or the new one whole, whatever happens."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(file)
