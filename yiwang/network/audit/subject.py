"""What is audited: one device's configuration, from a folder of files or from elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from yiwang.core.errors import NotFoundError, code
from yiwang.core.i18n import N_

LARGEST_MIB = 32
"""No configuration is larger; a file that is was put there by mistake."""

NO_FOLDER = code(
    "E3610",
    N_("there is no folder {folder}"),
    N_("give a folder that holds device configurations as plain files: yiwang audit run --offline FOLDER"),
)
EMPTY_FOLDER = code(
    "E3611",
    N_("the folder {folder} holds no files"),
    N_("save each device's configuration (display current-configuration, show running-config) as a file in it"),
)


@dataclass(frozen=True, slots=True)
class Subject:
    """A device, where its configuration is, and its platform and version where they are known already."""

    device: str
    file: Path
    platform: str = ""
    version: str | None = None


def subjects_in(folder: Path) -> list[Subject]:
    """Every file below a folder but hidden ones, by name; the device is called as its file.

    Raises:
        NotFoundError: there is no such folder (E3610), or nothing is in it (E3611).
    """
    if folder.is_file():
        return [Subject(folder.stem, folder)]
    if not folder.is_dir():
        raise NotFoundError(NO_FOLDER, folder=folder)
    found = [Subject(str(file.relative_to(folder).with_suffix("")), file) for file in _files(folder)]
    if not found:
        raise NotFoundError(EMPTY_FOLDER, folder=folder)
    return _distinct(found, folder)


def _files(folder: Path) -> Iterator[Path]:
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        yield from (Path(at, name) for name in sorted(names) if not name.startswith("."))


def _distinct(found: list[Subject], folder: Path) -> list[Subject]:
    """Files that differ only in their suffix keep it."""
    times: dict[str, int] = {}
    for each in found:
        times[each.device] = times.get(each.device, 0) + 1
    return [
        each if times[each.device] == 1 else Subject(str(each.file.relative_to(folder)), each.file) for each in found
    ]
