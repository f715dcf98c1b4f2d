"""The vault's files: one for each secret, written whole or not at all."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yiwang.core.errors import UsageError, VaultError
from yiwang.core.vault.faults import NOT_WRITTEN
from yiwang.core.vault.reference import is_path
from yiwang.core.writing import UNFINISHED, write_files

SUFFIX = ".vault"


def file_of(folder: Path, path: str) -> Path:
    """The file of a secret."""
    return folder / f"{path}{SUFFIX}"


def paths(folder: Path) -> list[str]:
    """The paths of all secrets below the folder, sorted."""
    names = (file.relative_to(folder).as_posix() for file in folder.rglob(f"*{SUFFIX}") if file.is_file())
    return sorted(path for name in names if is_path(path := name.removesuffix(SUFFIX)))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the vault against other writers, which wait; the folder is created when it is not there."""
    with _written(folder):
        folder.mkdir(parents=True, exist_ok=True)
        # The lock is on the folder itself, so that no lock file lies in git.
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        for left in folder.rglob(f"{UNFINISHED}*"):
            left.unlink(missing_ok=True)
        yield
    finally:
        os.close(handle)


def write_whole(file: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Replace a file at once: after a crash it holds the old content or the new.

    Raises:
        VaultError: it cannot be written (E0612).
    """
    try:
        write_files({file: content}, mode=mode)
    except UsageError as error:
        raise VaultError(NOT_WRITTEN, **error.values) from error


@contextmanager
def _written(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise VaultError(NOT_WRITTEN, file=file, reason=error.strerror or str(error)) from error
