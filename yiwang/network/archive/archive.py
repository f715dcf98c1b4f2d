"""The archive: what was collected waits in a folder for each run until it is committed, so that no crash loses it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from yiwang.core.errors import NotFoundError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.core.once import exclusively
from yiwang.core.writing import UNFINISHED, write_files
from yiwang.network.archive.repository import Commit, Repository

Kind = Literal["running", "saved", "version"]
ENDINGS: Mapping[str, str] = {"running": ".cfg", "saved": ".cfg", "version": ".txt"}

NOTHING_KEPT = code(
    "E3032",
    N_('the archive holds nothing of "{device}"{suggestion}'),
    N_("collect it: yiwang network collect {device}"),
)
NOTHING_BEFORE = code(
    "E3033",
    N_('the archive holds nothing of "{device}" from {moment} or before'),
    N_("`yiwang network history {device}` lists what there is"),
)


@dataclass(frozen=True, slots=True)
class Version:
    """A file as it stood in a commit."""

    device: str
    kind: Kind
    commit: Commit
    text: str

    @property
    def label(self) -> str:
        """What to call it: device, kind and time."""
        return f"{self.device}/{self.kind} {self.commit.time.astimezone():%Y-%m-%d %H:%M:%S}"


@dataclass(frozen=True, slots=True)
class BlamedLine:
    """A line of a file and the commit that it came with; numbers count from 1."""

    number: int
    text: str
    commit: Commit


class Archive:
    """What the devices of one estate said; the folder is closed to everybody else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._repository = Repository(folder / "devices")

    def hand_in(self, run: str, device: str, texts: Mapping[Kind, str]) -> None:
        """Put what a device said on the disk; it is flushed when this returns, and :meth:`take_in` commits it.

        Raises:
            UsageError: it cannot be written (E0130).
        """
        folder = self.folder / "incoming" / run
        write_files({folder / _path(kind, device): text.encode() for kind, text in texts.items()}, mode=0o600)

    def take_in(self) -> tuple[Commit, ...]:
        """Commit whatever waits, a commit for each run; the commits that were made.

        Raises:
            NetworkError: git is missing (E3030) or refuses (E3031); what waits goes on waiting.
        """
        if not any(self._waiting("incoming")) and not any(self._waiting("taking")):
            return ()
        with exclusively(self.folder):
            self._repository.prepare()
            for file in list(self._waiting("incoming")):
                # Renamed before it is read, so that what comes meanwhile is not taken for read.
                place = self.folder / "taking" / file.relative_to(self.folder / "incoming")
                place.parent.mkdir(parents=True, exist_ok=True)
                file.replace(place)
            runs = sorted({file.relative_to(self.folder / "taking").parts[0] for file in self._waiting("taking")})
            return tuple(commit for run in runs if (commit := self._committed(run)))

    def _committed(self, run: str) -> Commit | None:
        home = self.folder / "taking" / run
        files = {file: file.relative_to(home) for file in self._waiting(f"taking/{run}")}
        write_files({self._repository.folder / path: file.read_bytes() for file, path in files.items()}, mode=0o600)
        devices = len({path.stem for path in files.values()})
        id = self._repository.commit(f"collect {devices} devices", run)
        for file in files:
            file.unlink()
        return self._repository.commit_of(id) if id else None

    def _waiting(self, place: str) -> Iterator[Path]:
        found = (self.folder / place).rglob("*")
        return (file for file in found if file.is_file() and not file.name.startswith(UNFINISHED))

    def size(self, kind: Kind, device: str) -> int:
        """The bytes of the newest version; 0 when there is none."""
        return len(self._newest(kind, device) or b"")

    def differs(self, device: str, texts: Mapping[Kind, str]) -> bool:
        """Whether any of these is other than the newest version."""
        return any(self._newest(kind, device) != text.encode() for kind, text in texts.items())

    def _newest(self, kind: Kind, device: str) -> bytes | None:
        file = self._repository.folder / _path(kind, device)
        return file.read_bytes() if file.is_file() else None

    def devices(self, kind: Kind = "running") -> tuple[str, ...]:
        """The devices of which there is anything, by name."""
        self.take_in()
        return tuple(sorted(file.stem for file in (self._repository.folder / kind).glob(f"*{ENDINGS[kind]}")))

    def newest(self, kind: Kind = "running") -> Iterator[tuple[str, Path]]:
        """Each device with the file of its newest version."""
        return ((device, self._repository.folder / _path(kind, device)) for device in self.devices(kind))

    def latest_text(self, kind: Kind, device: str) -> str | None:
        """The newest version of an output as text; None where there is none.  Nothing that waits is taken in."""
        found = self._newest(kind, device)
        return None if found is None else found.decode()

    def history(self, device: str, kind: Kind = "running", *, limit: int = 0) -> tuple[Commit, ...]:
        """The changes of a device, the newest first.

        Raises:
            NotFoundError: there is nothing of it (E3032).
        """
        self.take_in()
        found = tuple(self._repository.commits(_path(kind, device), limit=limit))
        if not found:
            raise NotFoundError(NOTHING_KEPT, device=device, suggestion=suggestion(device, self.devices(kind)))
        return found

    def version(self, device: str, kind: Kind = "running", *, at: datetime | None = None) -> Version:
        """A device's output as it stood at a moment, else the newest.

        Raises:
            NotFoundError: there is nothing of it (E3032), or nothing so old (E3033).
        """
        newest = self.history(device, kind, limit=1)[0]
        id = newest.id if at is None else self._repository.at(at, _path(kind, device))
        if not id:
            raise NotFoundError(NOTHING_BEFORE, device=device, moment=f"{at:%Y-%m-%d %H:%M}")
        commit = newest if id == newest.id else self._repository.commit_of(id)
        return Version(device, kind, commit, self._repository.text(id, _path(kind, device)))

    def before(self, version: Version) -> Version:
        """What stood before the change that made a version; empty for the first one."""
        commits = self.history(version.device, version.kind)
        ids = [commit.id for commit in commits]
        index = ids.index(version.commit.id) + 1
        if index == len(ids):
            return Version(version.device, version.kind, version.commit, "")
        text = self._repository.text(ids[index], _path(version.kind, version.device))
        return Version(version.device, version.kind, commits[index], text)

    def blame(self, version: Version) -> Iterator[BlamedLine]:
        """Each line of a version with the commit that it came with."""
        commits: dict[str, Commit] = {}
        lines = self._repository.blame(version.commit.id, _path(version.kind, version.device))
        for number, (id, text) in enumerate(lines, 1):
            commits[id] = commits.get(id) or self._repository.commit_of(id)
            yield BlamedLine(number, text, commits[id])


def difference(before: Version, after: Version, *, context: int = 3) -> Iterator[str]:
    """The unified difference of two versions, line by line; nothing when they are the same."""
    lines = difflib.unified_diff(
        before.text.splitlines(), after.text.splitlines(), before.label, after.label, lineterm="", n=context
    )
    return iter(lines)


def _path(kind: Kind, device: str) -> str:
    if "/" in device or device.startswith("."):
        raise ValueError(f"not the name of a device: {device}")
    return f"{kind}/{device}{ENDINGS[kind]}"
