"""What is kept of a fault in force: one JSON file each, in its place before the fault is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from yiwang.core.errors import NotFoundError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.core.writing import write_files
from yiwang.lab.state import LabFolder

NOT_IN_FORCE = code(
    "E6306", N_('no fault "{id}" is in force in the lab {lab}{suggestion}'), N_("`yiwang lab fault list` shows them")
)


@dataclass(frozen=True, slots=True)
class Record:
    """A fault in force: what, where, by whom, since and until when.

    ``place`` names the cable or the host; ``hosts`` are the cable's two in the order in which they
    were given, or the host.  ``before`` is what clearing it restores.
    """

    id: str
    fault: str
    place: str
    hosts: tuple[str, ...]
    by: str
    since: datetime
    until: datetime | None = None
    values: dict[str, str | float] = field(default_factory=dict)
    before: dict[str, str | float] = field(default_factory=dict)


def keep(folder: LabFolder, record: Record) -> None:
    """Write down a fault, in place of an earlier one of its id."""
    folder.faults.mkdir(mode=0o700, exist_ok=True)
    content = msgspec.json.format(msgspec.json.encode(record), indent=1)
    write_files({_file(folder, record.id): content}, mode=0o600)


def forget(folder: LabFolder, record: Record) -> None:
    """Strike out a fault; harmless when it is gone."""
    _file(folder, record.id).unlink(missing_ok=True)


def records(folder: LabFolder) -> tuple[Record, ...]:
    """The faults in force, the oldest first."""
    found = (msgspec.json.decode(file.read_bytes(), type=Record) for file in folder.faults.glob("[!.]*.json"))
    return tuple(sorted(found, key=lambda record: (record.since, record.id)))


def find_record(folder: LabFolder, id: str) -> Record:
    """A fault in force by its id.

    Raises:
        NotFoundError: there is none (E6306).
    """
    known = {record.id: record for record in records(folder)}
    if id not in known:
        raise NotFoundError(NOT_IN_FORCE, id=id, lab=folder.name, suggestion=suggestion(id, known))
    return known[id]


def _file(folder: LabFolder, id: str) -> Path:
    return folder.faults / f"{id}.json"
