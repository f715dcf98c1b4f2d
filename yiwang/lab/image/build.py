"""The node images of this machine: found, and built on demand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from yiwang.core.errors import code
from yiwang.core.i18n import N_, _
from yiwang.core.once import Report, exclusively, make_once, remove, silent
from yiwang.lab.command import LabError
from yiwang.lab.image.bootstrap import bootstrap, require
from yiwang.lab.image.kept import IMAGES, places, read_record, write_record
from yiwang.lab.image.recipe import Recipe, machine_recipe
from yiwang.lab.image.upkeep import used

IN_USE = code(
    "E6106",
    N_("the node image {id} is in use"),
    N_("take the labs down that use it (yiwang lab list), and remove their snapshots"),
)

ROOT = "root"


@dataclass(frozen=True, slots=True)
class Record:
    """What is written beside an image."""

    suite: str
    architecture: str
    built: datetime
    size_bytes: int
    packages: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Image:
    """A node image: its root file system, where nobody may write, and what is known of it.

    ``record.packages`` are the versions of what is installed.
    """

    id: str
    path: Path
    record: Record


def ensure_image(folder: Path, *, is_fresh: bool = False, report: Report = silent) -> Image:
    """The image of this machine's recipe, built if need be; ``folder`` is the setting ``lab.folder``.

    With ``is_fresh`` it is built anew from today's packages.  Whatever kills a build leaves no half
    image, and of two callers at once one builds.

    Raises:
        LabError: not root (E6030), a program is missing (E6101), no sources (E6102), no room (E6103),
            the build failed (E6104), or the image to be replaced is in use (E6106).
    """
    recipe = machine_recipe()
    place = folder.absolute() / IMAGES / recipe.id
    if is_fresh and place.is_dir():
        _forget(folder, place)
    if not place.is_dir():
        require(place.parent)
        make_once(place, partial(_make, recipe, report=report), report=report)
    return _read(place)


def current_id() -> str:
    """The id of this machine's recipe.

    Raises:
        LabError: this machine has no package sources of Debian (E6102).
    """
    return machine_recipe().id


def images(folder: Path) -> tuple[Image, ...]:
    """The images that are there, the newest first."""
    found = map(_read, places(folder.absolute() / IMAGES))
    return tuple(sorted(found, key=lambda image: image.record.built, reverse=True))


def _forget(folder: Path, place: Path) -> None:
    with exclusively(place.parent):
        if place.name in used(folder):
            raise LabError(IN_USE, id=place.name)
        remove(place)


def _make(recipe: Recipe, place: Path, lock: int, *, report: Report) -> None:
    bootstrap(recipe, place, lock=lock, log=place.with_name(f"{recipe.id}.log"), report=report)
    report(_("taking stock"))
    status = (place / ROOT / "var/lib/dpkg/status").read_text(encoding="utf-8")
    record = Record(
        suite=recipe.sources.suite,
        architecture=recipe.architecture,
        built=datetime.now(UTC),
        size_bytes=_size(place / ROOT),
        packages=installed(status),
    )
    write_record(place, record)


def _read(place: Path) -> Image:
    return Image(place.name, place / ROOT, read_record(place, Record))


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
