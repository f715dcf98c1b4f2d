"""What the last look at a target taught, so that the next one is quick: can be lost at any time."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from yiwang.core.writing import write_files
from yiwang.deploy.engine.clean import Clean
from yiwang.deploy.engine.facts import FactSet


@dataclass(frozen=True, slots=True)
class Remembered:
    """The facts that a target's components ask for, and what was found when nothing had to change."""

    facts: FactSet = field(default_factory=FactSet)
    clean: Clean | None = None


class Memory:
    """A folder with a file for each target; unreadable files count as forgotten.  Without a folder nothing is kept."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def of(self, target: str) -> Remembered:
        """What is remembered of a target."""
        if self._folder is None:
            return Remembered()
        try:
            return msgspec.json.decode(_file(self._folder, target).read_bytes(), type=Remembered)
        except (OSError, msgspec.DecodeError):
            return Remembered()

    def keep(self, target: str, kept: Remembered) -> None:
        """Remember what a look taught."""
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_files({_file(self._folder, target): msgspec.json.encode(kept)}, mode=0o600)


def _file(folder: Path, target: str) -> Path:
    return folder / f"{target}.json"
