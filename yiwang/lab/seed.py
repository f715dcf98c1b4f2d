"""What a host's root file system holds beyond the image: files, written before it boots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SeedFile:
    """One file; a symbolic link where ``target`` is given, or an empty folder.

    Owner and group are names of the image, or of the account that the lab adds.
    """

    content: bytes = field(default=b"", repr=False)
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"
    target: str | None = None
    is_folder: bool = False


Seed = Mapping[str, SeedFile]
"""Path without a leading slash → the file there."""


def text(content: str, mode: int = 0o644, *, owner: str = "root", group: str = "root") -> SeedFile:
    """A text file."""
    return SeedFile(content.encode(), mode, owner, group)


def link(target: str) -> SeedFile:
    """A symbolic link."""
    return SeedFile(target=target)


def folder(mode: int = 0o755, *, owner: str = "root", group: str = "root") -> SeedFile:
    """An empty folder."""
    return SeedFile(mode=mode, owner=owner, group=group, is_folder=True)
