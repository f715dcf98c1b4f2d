"""Writing files so that each is either the old one or the new one, whole, whatever happens."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_

CANNOT_WRITE = code(
    "E0130",
    N_("{file} cannot be written: {reason}"),
    N_("check the path, your rights and the free space; nothing was changed"),
)


# How the name of a file that a crash left unfinished begins.
UNFINISHED = ".unfinished-"


def write_files(files: Mapping[Path, bytes], *, mode: int | None = None) -> None:
    """Write every file beside its place and flush it to the disk; rename only when all are there.

    Without a ``mode``, a file that exists keeps its own, and a new one that begins with ``#!``
    becomes executable.  Where a symbolic link stands, the file that it leads to is written.

    Raises:
        UsageError: a file cannot be written (E0130); unless it is the renaming that fails, no file
            has changed then.
    """
    ready: dict[Path, Path] = {}
    try:
        for file, content in files.items():
            with _coded(file):
                real = file.resolve()
                ready[real] = _beside(real, content, mode)
        for file, temporary in ready.items():
            with _coded(file):
                temporary.replace(file)
    finally:
        for temporary in ready.values():
            temporary.unlink(missing_ok=True)
    for folder in {file.parent for file in ready}:
        _flush_folder(folder)


@contextlib.contextmanager
def _coded(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(CANNOT_WRITE, file=file, reason=error.strerror or error) from error


def _beside(file: Path, content: bytes, mode: int | None) -> Path:
    if file.is_dir():
        raise IsADirectoryError(21, N_("it is a folder"))
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), _mode(file, content) if mode is None else mode)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _mode(file: Path, content: bytes) -> int:
    with contextlib.suppress(OSError):
        return file.stat().st_mode & 0o7777
    return 0o755 if content.startswith(b"#!") else 0o644


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
