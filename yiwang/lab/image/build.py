"""The node images of this machine: found, made on demand, removed when nobody uses them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

from yiwang.core.i18n import _
from yiwang.lab.image.bootstrap import bootstrap, require
from yiwang.lab.image.recipe import Recipe, machine_recipe
from yiwang.lab.once import PARTIAL, Report, exclusively, make_once, remove, silent

RECORD = "image.json"
ROOT = "root"


@dataclass(frozen=True, slots=True)
class Image:
    """A node image: its root file system, where nobody may write, and the versions of its packages."""

    id: str
    path: Path
    suite: str
    architecture: str
    built: datetime
    size_bytes: int
    packages: Mapping[str, str]

    @property
    def folder(self) -> Path:
        """Where it is kept, with its record and with the layers that were made over it."""
        return self.path.parent


def ensure_image(folder: Path, *, report: Report = silent) -> Image:
    """The image of this machine's recipe, built if need be; ``folder`` is the setting ``lab.folder``.

    Whatever kills a build leaves no half image, and of two callers at once one builds.

    Raises:
        LabError: not root (E6030), a program is missing (E6101), no sources (E6102), no room (E6103),
            or the build failed (E6104).
    """
    recipe = machine_recipe()
    place = _place(folder, recipe.id)
    if not place.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        require(place.parent)
        make_once(place, partial(_make, recipe, report=report), report=report)
    return _read(place)


def find_image(folder: Path) -> Image | None:
    """The image of this machine's recipe, if it is there.

    Raises:
        LabError: this machine has no package sources of Debian (E6102).
    """
    place = _place(folder, machine_recipe().id)
    return _read(place) if place.is_dir() else None


def images(folder: Path) -> tuple[Image, ...]:
    """The images that are there, the newest first."""
    found = (_read(record.parent) for record in (folder / "images").glob(f"*/{RECORD}") if _is_whole(record.parent))
    return tuple(sorted(found, key=lambda image: image.built, reverse=True))


def prune(folder: Path, *, keep: Collection[str] = ()) -> tuple[Image, ...]:
    """Remove the images that are neither this machine's recipe, nor used by a running host, nor in ``keep``."""
    current = find_image(folder)
    with exclusively(folder / "images"):
        kept = {*keep, *used_images(folder), *([current.id] if current else [])}
        gone = tuple(image for image in images(folder) if image.id not in kept)
        for image in gone:
            remove(image.folder)
            (image.folder.parent / f"{image.id}.log").unlink(missing_ok=True)
    return gone


def used_images(folder: Path) -> frozenset[str]:
    """The ids of images that lie under a file system mounted anywhere on this machine."""
    place = re.compile(re.escape(f"{folder / 'images'}/") + r"(\w+)/root")
    return frozenset(id for table in _mount_tables() for id in place.findall(table))


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


def _place(folder: Path, id: str) -> Path:
    return folder.absolute() / "images" / id


def _is_whole(place: Path) -> bool:
    return not place.name.endswith(PARTIAL)


def _make(recipe: Recipe, place: Path, lock: int, *, report: Report) -> None:
    log = place.with_name(f"{recipe.id}.log")
    bootstrap(recipe, place, lock=lock, log=log, report=report)
    report(_("taking stock"))
    image = Image(
        id=recipe.id,
        path=place / ROOT,
        suite=recipe.sources.suite,
        architecture=recipe.architecture,
        built=datetime.now(UTC),
        size_bytes=_size(place / ROOT),
        packages=installed((place / ROOT / "var/lib/dpkg/status").read_text(encoding="utf-8")),
    )
    (place / RECORD).write_bytes(msgspec.json.format(msgspec.json.encode(image, enc_hook=str), indent=1))


def _read(place: Path) -> Image:
    # The place that is written there is the one where it was made.
    record = {**msgspec.json.decode((place / RECORD).read_bytes()), "path": str(place / ROOT)}
    return msgspec.convert(record, Image, dec_hook=lambda kind, value: kind(value))


def installed(status: str) -> dict[str, str]:
    """The versions of installed packages in the text of dpkg's status file."""
    found = {}
    for stanza in status.split("\n\n"):
        fields = dict(re.findall(r"^(Package|Status|Version): (.*)$", stanza, re.MULTILINE))
        if fields.get("Status", "").endswith(" installed"):
            found[fields["Package"]] = fields["Version"]
    return found


def _size(root: Path) -> int:
    return sum(path.lstat().st_blocks for path in root.rglob("*")) * 512
