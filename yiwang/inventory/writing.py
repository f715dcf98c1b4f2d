"""Writing files so that each is either the old one or the new one, whole, whatever happens."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_

CANNOT_WRITE = code(
    "E1206",
    N_("{file} cannot be written: {reason}"),
    N_("check the path, your rights and the free space; nothing was changed"),
)


def write_files(files: Mapping[Path, bytes]) -> None:
    """Write every file beside its place and flush it to the disk; rename only when all are there.

    A file that begins with ``#!`` becomes executable; one that exists keeps its mode.  Where a
    symbolic link stands, the file that it leads to is written.

    Raises:
        UsageError: a file cannot be written (E1206); then no file has changed.
    """
    ready: dict[Path, Path] = {}
    try:
        for file, content in files.items():
            try:
                real = file.resolve()
                ready[real] = _beside(real, content)
            except OSError as error:
                raise UsageError(CANNOT_WRITE, file=file, reason=error.strerror or error) from error
        for file, temporary in ready.items():
            temporary.replace(file)
    finally:
        for temporary in ready.values():
            temporary.unlink(missing_ok=True)
    for folder in {file.parent for file in ready}:
        _flush_folder(folder)


def _beside(file: Path, content: bytes) -> Path:
    if file.is_dir():
        raise IsADirectoryError(21, N_("it is a folder"))
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            os.fchmod(stream.fileno(), _mode(file, content))
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
