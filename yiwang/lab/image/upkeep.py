"""What of images and repositories is in use, and removing the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from yiwang.core.once import exclusively, remove
from yiwang.lab.image.kept import IMAGES, REPOSITORIES
from yiwang.lab.state import LabFolder, lab_folders

PLACE = re.compile(rf"/(?:{IMAGES}|{REPOSITORIES})/([0-9a-f]{{12}})(?:/|$)", re.MULTILINE)


def used(folder: Path) -> frozenset[str]:
    """The ids of images and repositories that a lab, a snapshot or anything mounted on this machine needs."""
    texts = (*_mount_tables(), *_layouts(folder))
    return frozenset(id for text in texts for id in PLACE.findall(text))


def prune(folder: Path, *, keep: Iterable[str] = ()) -> tuple[Path, ...]:
    """Remove the images and repositories that nobody uses and that are not in ``keep``; returns their folders."""
    gone: list[Path] = []
    for kind in (IMAGES, REPOSITORIES):
        if (folder / kind).is_dir():
            gone += _pruned(folder, folder / kind, frozenset(keep))
    return tuple(gone)


def _pruned(folder: Path, kind: Path, keep: frozenset[str]) -> list[Path]:
    with exclusively(kind):
        kept = keep | used(folder)
        # Nothing is being made meanwhile, so what is half made was left by a crash.
        gone = [place for place in sorted(kind.iterdir()) if place.is_dir() and place.name not in kept]
        for place in gone:
            remove(place)
            place.with_suffix(".log").unlink(missing_ok=True)
    return gone


def _layouts(folder: Path) -> Iterator[str]:
    snapshots = (LabFolder(path) for path in (folder / "snapshots").glob("*/*"))
    for each in (*lab_folders(), *snapshots):
        if each.layout_file.is_file():
            layout = each.read()
            yield f"{layout.image}\n{layout.repository}\n"


def _mount_tables() -> Iterator[str]:
    seen = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            namespace = (process / "ns/mnt").readlink()
            if namespace not in seen:
                seen.add(namespace)
                yield (process / "mountinfo").read_text(errors="replace")
        except OSError:
            # The process has ended meanwhile.
            continue
