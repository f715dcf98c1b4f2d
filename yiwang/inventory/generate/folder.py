"""Putting a new estate's files in place: all of them or none."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_

NOT_EMPTY = code(
    "E1412",
    N_("the folder {folder} is not empty"),
    N_("choose another folder, or add --force: files of the same name are then overwritten, others stay"),
)
NO_FOLDER = code(
    "E1413",
    N_("the folder {folder} cannot be made: {reason}"),
    N_("check the path, your rights and the free space"),
)


def require_place(folder: Path, *, force: bool = False) -> None:
    """Refuse a folder that holds anything.

    Raises:
        UsageError: it is not empty and ``force`` was not given, or it is no folder.
    """
    try:
        if not force and folder.exists() and any(folder.iterdir()):
            raise UsageError(NOT_EMPTY, folder=folder)
    except OSError as error:
        raise UsageError(NO_FOLDER, folder=folder, reason=error.strerror) from error


def write_folder(folder: Path, files: Mapping[str, str], *, force: bool = False) -> None:
    """Write the files below the folder, which appears whole or not at all.

    With ``force``, files of the same name are replaced one by one and foreign ones stay.

    Raises:
        UsageError: the folder is not empty, or cannot be written.
    """
    require_place(folder, force=force)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        prepared = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    except OSError as error:
        raise UsageError(NO_FOLDER, folder=folder, reason=error.strerror) from error
    try:
        _write(prepared, files)
        _move(prepared, folder, files)
    except OSError as error:
        raise UsageError(NO_FOLDER, folder=folder, reason=error.strerror) from error
    finally:
        shutil.rmtree(prepared, ignore_errors=True)


def _write(folder: Path, files: Mapping[str, str]) -> None:
    folder.chmod(0o755)
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _move(prepared: Path, folder: Path, files: Mapping[str, str]) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        with contextlib.suppress(FileNotFoundError):
            folder.rmdir()
        prepared.rename(folder)
        return
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (prepared / name).replace(folder / name)
