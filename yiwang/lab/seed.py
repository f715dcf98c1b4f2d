"""What a host's root file system holds beyond the image: files, written before it boots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SeedFile:
    """One file, or a symbolic link where ``target`` is given; owner and group by their name in the image."""

    content: bytes = field(default=b"", repr=False)
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"
    target: str | None = None


Seed = Mapping[str, SeedFile]
"""Path without a leading slash → the file there."""


def text(content: str, mode: int = 0o644, *, owner: str = "root", group: str = "root") -> SeedFile:
    """A text file."""
    return SeedFile(content.encode(), mode, owner, group)


def link(target: str) -> SeedFile:
    """A symbolic link."""
    return SeedFile(target=target)
