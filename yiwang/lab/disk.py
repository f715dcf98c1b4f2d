"""The root file system of a host: the image below, and above it a disk of its own in memory."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.lab.command import LabError, call
from yiwang.lab.seed import SeedFile

BUSY = code(
    "E6021",
    N_("{folder} cannot be unmounted: something still uses it"),
    N_("leave that folder (shells, editors), then `yiwang lab down` again"),
)
PATIENCE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Disk:
    """The folders of a host's disk: ``root`` is the whole, ``upper`` what differs from the image."""

    folder: Path

    @property
    def memory(self) -> Path:
        """Where the bounded file system is mounted."""
        return self.folder / "disk"

    @property
    def upper(self) -> Path:
        """What differs from the image."""
        return self.memory / "upper"

    @property
    def root(self) -> Path:
        """The whole root file system, while the host is mounted."""
        return self.folder / "root"

    def make(self, size_mib: int) -> None:
        """Make an empty disk of a size; it takes memory only as it fills."""
        for folder in (self.memory, self.root):
            folder.mkdir(parents=True, exist_ok=True)
        call("mount", "-t", "tmpfs", "-o", f"size={size_mib}m,mode=755", "yiwang-lab", str(self.memory))
        for folder in (self.upper, self.memory / "work"):
            folder.mkdir(exist_ok=True)

    def mount(self, layers: tuple[Path, ...]) -> None:
        """Lay the disk over the image layers, the strongest first."""
        below = ":".join(map(str, layers))
        options = f"lowerdir={below},upperdir={self.upper},workdir={self.memory / 'work'}"
        call("mount", "-t", "overlay", "yiwang-lab", "-o", options, str(self.root))

    def make_writable(self) -> None:
        """End a read-only root: a file system stays what a host made of it until its last mount is gone."""
        if os.path.ismount(self.root) and os.statvfs(self.root).f_flag & os.ST_RDONLY:
            call("mount", "-o", "remount,rw", str(self.root))

    def unmount(self) -> None:
        """Take the whole off again; the disk with its content stays."""
        _unmount(self.root)


def write_seed(upper: Path, layers: tuple[Path, ...], seed: Mapping[str, SeedFile], owners: Owners) -> None:
    """Write files into a disk that is not mounted; folders that the image layers have look as they do there."""
    for path, file in seed.items():
        place = upper / path
        _make_folders(upper, layers, place.parent.relative_to(upper))
        if file.target is not None:
            place.symlink_to(file.target)
            continue
        if file.is_folder:
            place.mkdir(exist_ok=True)
        else:
            place.write_bytes(file.content)
        # Owner first: giving a file away takes its special bits.
        os.chown(place, owners.users[file.owner], owners.groups[file.group])
        place.chmod(file.mode)


def _make_folders(upper: Path, layers: tuple[Path, ...], relative: Path) -> None:
    for folder in [*reversed(relative.parents), relative]:
        place = upper / folder
        if place.exists():
            continue
        place.mkdir()
        like = next((each / folder for each in layers if (each / folder).is_dir()), None)
        if like:
            shape = like.stat()
            os.chown(place, shape.st_uid, shape.st_gid)
            place.chmod(shape.st_mode & 0o7777)


@dataclass(frozen=True, slots=True)
class Owners:
    """The numbers of the users and groups of a host, by name."""

    users: Mapping[str, int]
    groups: Mapping[str, int]

    def with_account(self, name: str, number: int) -> Owners:
        """These and one more user with a group of the same name and number."""
        return Owners({name: number, **self.users}, {name: number, **self.groups})


def owners_of(image: Path) -> Owners:
    """The users and groups of an image."""
    return Owners(_numbers(image / "etc/passwd"), _numbers(image / "etc/group"))


def _numbers(file: Path) -> dict[str, int]:
    rows = (line.split(":") for line in file.read_text().splitlines() if line)
    return {row[0]: int(row[2]) for row in rows}


def unmount_below(folder: Path) -> None:
    """Unmount everything below a folder, the last mounted first.

    Raises:
        LabError: something still uses one of them (E6021).
    """
    for mounted in reversed(list(mounts_below(folder))):
        _unmount(mounted)


def mounts_below(folder: Path) -> Iterator[Path]:
    """What is mounted below a folder, in the order of mounting."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        # The kernel writes blanks in paths as octal.
        place = Path(line.split()[4].encode().decode("unicode_escape"))
        if folder in place.parents or place == folder:
            yield place


def _unmount(place: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while os.path.ismount(place):
        call("umount", str(place), is_tolerant=True)
        if time.monotonic() > until:
            raise LabError(BUSY, folder=place)
        if os.path.ismount(place):
            time.sleep(0.05)
