"""Building the root file system of the node image with mmdebstrap; this machine's own system is not touched."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

from yiwang.core.debian.confinement import Run, indented, run
from yiwang.core.debian.fetching import apt_settings
from yiwang.core.errors import code
from yiwang.core.i18n import N_, _
from yiwang.core.once import Report
from yiwang.core.writing import write_files
from yiwang.lab.command import LabError
from yiwang.lab.disk import owners_of, write_seed
from yiwang.lab.image.recipe import EXCLUDES, UNITS, Recipe
from yiwang.lab.image.sysctl import write_copies
from yiwang.lab.readiness import require_root

NO_PROGRAM = code("E6101", N_("{program} is missing"), N_("install it: apt-get install {package}"))
NO_SPACE = code(
    "E6103",
    N_("{folder} has {free_mib} MiB free, {needed_mib} MiB are needed"),
    N_("make room (yiwang lab image --prune), or choose another folder: --set lab.folder=FOLDER"),
)
BUILD_FAILED = code(
    "E6104",
    N_("the node image could not be built:\n{lines}"),
    N_("look into {log}; mostly a package source does not answer: try `apt-get update` on this machine"),
)

NEEDED_MIB = 1024
PROGRAMS = {"mmdebstrap": "mmdebstrap", "unshare": "util-linux", "setpriv": "util-linux", "apt-get": "apt"}
STAGES = {
    "running apt-get update": N_("reading the package lists"),
    "downloading packages": N_("fetching packages"),
    "extracting archives": N_("unpacking the base system"),
    "installing essential packages": N_("installing the base system"),
    "installing remaining packages": N_("installing services and tools"),
}


def require(folder: Path) -> None:
    """Check that this process can build in a folder.

    Raises:
        LabError: it is not root's (E6030), a program is missing (E6101), or there is no room (E6103).
    """
    require_root()
    for program, package in PROGRAMS.items():
        if not shutil.which(program):
            raise LabError(NO_PROGRAM, program=program, package=package)
    require_space(folder, NEEDED_MIB)


def require_space(folder: Path, needed_mib: int) -> None:
    """Check that there is room in a folder, or in the nearest one above it that is there.

    Raises:
        LabError: there is not enough (E6103).
    """
    there = next(each for each in (folder, *folder.parents) if each.is_dir())
    free_mib = shutil.disk_usage(there).free >> 20
    if free_mib < needed_mib:
        raise LabError(NO_SPACE, folder=folder, free_mib=free_mib, needed_mib=needed_mib)


def bootstrap(recipe: Recipe, folder: Path, *, lock: int, log: Path, report: Report) -> None:
    """Make the root file system of a recipe in ``folder/root``.

    Raises:
        LabError: it could not be built (E6104); ``log`` has all that was said.
    """
    root, settings, excludes = folder / "root", folder / "apt.conf", folder / "dpkg.cfg"
    write_files({settings: apt_settings().encode()}, mode=0o600)
    excludes.write_bytes(recipe.tree[EXCLUDES].content)
    command = _command(recipe, root, settings, excludes)
    log.unlink(missing_ok=True)
    complaints = run(Run(command, log, lock, given=str(recipe.sources), hear=lambda line: _tell(line, report)))
    if complaints:
        raise LabError(BUILD_FAILED, lines=indented(complaints), log=log)
    report(_("making it a lab host"))
    _finish(recipe, root)
    settings.unlink()
    excludes.unlink()


def _command(recipe: Recipe, root: Path, settings: Path, excludes: Path) -> list[str]:
    place = f'"$1/{Path(EXCLUDES).parent}"'
    on_disk = ["--hook-dir=/usr/share/mmdebstrap/hooks/file-mirror-automount"] if recipe.sources.is_on_disk else []
    return [
        *("mmdebstrap", "--mode=root", "--variant=minbase", "--format=directory", "--verbose"),
        f"--architectures={recipe.architecture}",
        f"--include={','.join(recipe.packages)}",
        f"--aptopt={settings}",
        # As --dpkgopt the excludes would also filter the first unpacking, in slow Python.
        f"--setup-hook=mkdir -p {place} && cp {shlex.quote(str(excludes))} {place}",
        *on_disk,
        *(recipe.sources.suite, str(root), "-"),
    ]


def _tell(line: str, report: Report) -> None:
    for beginning, stage in STAGES.items():
        if line.startswith(f"I: {beginning}"):
            report(_(stage))


def _finish(recipe: Recipe, root: Path) -> None:
    for pattern in recipe.differences.removed:
        for path in root.glob(pattern):
            path.unlink()
    for unit in recipe.differences.disabled:
        _disable(root, unit)
    for path in list(_excluded(recipe, root)):
        path.unlink()
    _make_folders(recipe, root)
    write_seed(root, (root,), recipe.overlay, owners_of(root))
    write_copies(root / "usr/lib/yiwang/sysctl.tar")


def _disable(root: Path, unit: str) -> None:
    """Remove every link to a unit, as ``systemctl disable`` does."""
    for path in (root / UNITS).rglob("*"):
        if path.is_symlink() and path.readlink().name == unit:
            path.unlink()


def _make_folders(recipe: Recipe, root: Path) -> None:
    """Make the folders that the packages have not brought, open to all whatever this process's umask is."""
    for folder in sorted({root / parent for path in recipe.overlay for parent in Path(path).parents}):
        if not folder.is_dir():
            folder.mkdir()
            folder.chmod(0o755)


def _excluded(recipe: Recipe, root: Path) -> Iterator[Path]:
    # The base system is unpacked before dpkg reads its settings.
    for path in (root / "usr/share").rglob("*"):
        if not path.is_dir() and recipe.is_excluded(f"/{path.relative_to(root)}"):
            yield path
