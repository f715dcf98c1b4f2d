"""What a bundle holds beside packages and wheels: pages to read, and what else the mirror hands out."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import yiwang

PACKAGE = Path(yiwang.__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Extra:
    """A folder of the bundle and where its files come from: the first of the folders that is there."""

    name: str
    folders: tuple[Path, ...]

    @property
    def source(self) -> Path | None:
        """The folder that is there."""
        return next((folder for folder in self.folders if folder.is_dir()), None)


EXTRAS = (
    Extra("docs", (PACKAGE / "docs", PACKAGE.parent / "docs")),
    Extra("console", (PACKAGE / "console" / "assets",)),
)


def copy_extras(tree: Path) -> None:
    """Copy them into a bundle's folder."""
    for extra in EXTRAS:
        if extra.source:
            ignored = shutil.ignore_patterns("__pycache__", ".*")
            shutil.copytree(extra.source, tree / extra.name, ignore=ignored)
