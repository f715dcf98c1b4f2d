"""Where images and repositories are kept in a lab's folder, each with a record of what it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

IMAGES, REPOSITORIES = "images", "repositories"
RECORD = "record.json"
Kind = TypeVar("Kind")


def write_record(place: Path, record: Any) -> None:
    """Say in a folder what it is."""
    (place / RECORD).write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")


def read_record(place: Path, kind: type[Kind]) -> Kind:
    """What a folder says that it is."""
    return msgspec.json.decode((place / RECORD).read_bytes(), type=kind)


def places(folder: Path) -> Iterator[Path]:
    """The folders that are whole, among those that are kept below one."""
    for record in sorted(folder.glob(f"*/{RECORD}")):
        if "." not in record.parent.name:
            yield record.parent
