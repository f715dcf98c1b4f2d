"""Keeping a lab as it is, and bringing it back: the disks of its hosts, its layout and its secrets."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from yiwang.core.errors import NotFoundError, UsageError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.inventory.model.names import NAME_PATTERN
from yiwang.lab import cgroup
from yiwang.lab.command import call
from yiwang.lab.faults.record import records
from yiwang.lab.lab import Lab
from yiwang.lab.layout import Layout
from yiwang.lab.naming import management_address
from yiwang.lab.state import LabFolder

NO_SNAPSHOT = code(
    "E6040", N_('the lab {lab} has no snapshot "{name}"{suggestion}'), N_("`yiwang lab snapshots` lists them")
)
SNAPSHOT_EXISTS = code(
    "E6041", N_('the lab {lab} has a snapshot "{name}" already'), N_("choose another name, or remove it: {folder}")
)
FAULTS_IN_FORCE = code(
    "E6044",
    N_("faults are in force and would be kept for ever: {faults}"),
    N_("clear them first: yiwang lab fault clear --all"),
)
BAD_SNAPSHOT_NAME = code(
    "E6042", N_('"{name}" cannot be the name of a snapshot'), N_("use lower-case letters, digits and hyphens")
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A kept lab; its folder looks as a lab's own, with the disks beside the layout."""

    folder: LabFolder

    @property
    def name(self) -> str:
        """The snapshot's name."""
        return self.folder.name

    @property
    def made(self) -> datetime:
        """When it was made, in UTC."""
        return datetime.fromtimestamp(self.folder.layout_file.stat().st_mtime, UTC)

    def disk(self, host: str) -> Path:
        """The kept disk of a host: what differs from the image."""
        return self.folder.host(host)


def snapshots(folder: Path, lab: str) -> tuple[Snapshot, ...]:
    """The snapshots of a lab, by name; ``folder`` is the setting ``lab.folder``."""
    kept = _folder(folder, lab)
    found = sorted(kept.iterdir()) if kept.is_dir() else []
    return tuple(Snapshot(LabFolder(path)) for path in found if path.suffix != ".partial")


def find_snapshot(folder: Path, lab: str, name: str) -> Snapshot:
    """The snapshot of that name.

    Raises:
        NotFoundError: there is none (E6040).
    """
    known = {each.name: each for each in snapshots(folder, lab)}
    if name not in known:
        raise NotFoundError(NO_SNAPSHOT, lab=lab, name=name, suggestion=suggestion(name, known))
    return known[name]


def take(lab: Lab, name: str, *, folder: Path) -> Snapshot:
    """Keep a lab as it is; its hosts stand still meanwhile, as in a power cut.

    Raises:
        UsageError: there is one of that name (E6041), the name cannot be one (E6042), or a fault is in
            force (E6044).
    """
    if at_fault := [record.id for record in records(lab.folder)]:
        raise UsageError(FAULTS_IN_FORCE, faults=", ".join(at_fault))
    place = _folder(folder, lab.layout.name) / name
    if not re.fullmatch(NAME_PATTERN, name):
        raise UsageError(BAD_SNAPSHOT_NAME, name=name)
    if place.exists():
        raise UsageError(SNAPSHOT_EXISTS, lab=lab.layout.name, name=name, folder=place)
    unfinished = LabFolder(place.with_suffix(".partial"))
    shutil.rmtree(unfinished.path, ignore_errors=True)
    (unfinished.path / "hosts").mkdir(parents=True)
    with lab.folder.locked(), _standing_still(lab.layout.slot):
        _copy(lab.folder.secrets, unfinished.secrets)
        for machine in lab.machines:
            _copy(machine.disk.upper, unfinished.host(machine.host.name))
    unfinished.write(lab.layout)
    unfinished.path.rename(place)
    return Snapshot(LabFolder(place))


def sited(layout: Layout, slot: int) -> Layout:
    """A layout in another slot: names and management addresses follow."""
    hosts = tuple(replace(host, management=str(management_address(slot, host.index))) for host in layout.hosts)
    return replace(layout, slot=slot, hosts=hosts)


def _folder(folder: Path, lab: str) -> Path:
    return folder / "snapshots" / lab


def _copy(source: Path, target: Path) -> None:
    # What an overlay keeps in device files and attributes must come along.
    call("cp", "-a", "--reflink=auto", str(source), str(target))


@contextmanager
def _standing_still(slot: int) -> Iterator[None]:
    files = [group / "cgroup.freeze" for group in cgroup.groups(slot)]
    frozen = [file for file in files if file.exists()]
    for file in frozen:
        file.write_text("1")
    try:
        yield
    finally:
        for file in frozen:
            file.write_text("0")
