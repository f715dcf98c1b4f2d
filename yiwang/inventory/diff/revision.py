"""An estate given as a folder or as a git revision."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from yiwang.core.errors import NotFoundError, UsageError, code
from yiwang.core.i18n import N_
from yiwang.inventory.estate import Estate
from yiwang.inventory.loading.load import Loading, load

NO_SUCH_ESTATE = code(
    "E1221",
    N_('"{given}" is neither a folder nor a revision of {folder}: {reason}'),
    N_("give a folder, a revision such as HEAD~1, or revision:folder"),
)
NO_GIT = code("E1222", N_("git cannot be run: {reason}"), N_("install it: apt-get install git"))


@dataclass(frozen=True, slots=True)
class Version:
    """An estate and what to call it."""

    estate: Estate
    label: str
    is_revision: bool = False

    def place(self, position: object) -> str:
        """A position with its file relative to the estate; a revision's with its name in front."""
        text = str(position).removeprefix(f"{self.estate.folder}/")
        return f"{self.label}:{text}" if self.is_revision else text


@contextmanager
def open_version(given: str, folder: Path, load: Callable[[Path], Loading] = load) -> Iterator[Version]:
    """The estate in the folder ``given``, or that of ``folder`` in the git revision ``given``, read by ``load``.

    ``REV`` takes the same folder of the revision, ``REV:PATH`` the path from the repository's top.

    Raises:
        NotFoundError: it is neither (E1221).
        EstateError: the estate there does not load.
        UsageError: git is not installed (E1222).
    """
    if Path(given).exists():
        yield Version(load(Path(given)).require(), given)
        return
    with tempfile.TemporaryDirectory(prefix="yiwang-") as name:
        _extract(given, folder, Path(name))
        yield Version(load(Path(name)).require(), given, is_revision=True)


def _extract(given: str, folder: Path, target: Path) -> None:
    home = folder if folder.is_dir() else folder.parent
    if not home.is_dir():
        raise NotFoundError(NO_SUCH_ESTATE, given=given, folder=folder, reason=N_("that folder does not exist"))
    wanted = given if ":" in given else f"{given}:./"
    tree = _git(home, given, "rev-parse", "--verify", "--end-of-options", wanted).decode().strip()
    # git archive refuses to work in a folder that is not in the revision: so from the top.
    top = _git(home, given, "rev-parse", "--show-toplevel").decode().removesuffix("\n")
    archive = _git(Path(top), given, "archive", "--format=tar", tree)
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        _unpack(files, target)


def _unpack(files: tarfile.TarFile, target: Path) -> None:
    # The safe ways of extractall() came with Python 3.11.4; Debian 12 has 3.11.2.
    for member in files:
        place = target / member.name
        place.parent.mkdir(parents=True, exist_ok=True)
        if member.isdir():
            place.mkdir(exist_ok=True)
        elif member.issym():
            if (place.parent / member.linkname).resolve().is_relative_to(target.resolve()):
                place.symlink_to(member.linkname)
        elif content := files.extractfile(member):
            place.write_bytes(content.read())


def _git(folder: Path, given: str, *arguments: str) -> bytes:
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError as error:
        raise UsageError(NO_GIT, reason=error.strerror or error) from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        is_unknown = not lines or "Needed a single revision" in lines[-1]
        reason = N_("there is no such revision or path in it") if is_unknown else lines[-1].removeprefix("fatal: ")
        raise NotFoundError(NO_SUCH_ESTATE, given=given, folder=folder, reason=reason)
    return done.stdout
