"""The package repository of labs: what hosts install that have no way out, signed with the lab folder's own key."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from hashlib import sha256
from pathlib import Path

import yaml

from yiwang.core.canonical import canonical
from yiwang.core.debian.apt import ARCHIVES, index, private_apt
from yiwang.core.debian.confinement import Run, indented, run
from yiwang.core.debian.signing import PUBLIC, sign, signing_key
from yiwang.core.debian.sources import Sources, machine_sources
from yiwang.core.errors import code
from yiwang.core.i18n import N_, _
from yiwang.core.once import Report, make_once, silent
from yiwang.lab.command import LabError
from yiwang.lab.image.bootstrap import NO_PROGRAM, require_space
from yiwang.lab.image.build import Image, current_id, images
from yiwang.lab.image.kept import REPOSITORIES, places, read_record, write_record
from yiwang.lab.readiness import require_root
from yiwang.lab.seed import SeedFile, link, text

NO_PACKAGES = code(
    "E6105",
    N_("the packages of the repository could not be fetched:\n{lines}"),
    N_("look into {log}; a name that no package source has must go from `--package` or come into a source"),
)

NEEDED_MIB = 512
PACKAGES = "packages"
KEYRING = "etc/apt/keyrings/yiwang-lab.gpg"
SOURCE = "etc/apt/sources.list.d/yiwang-lab.sources"
SERVICE = "yiwang-mirror.service"
DOWNLOAD = ("--download-only", "--no-install-recommends", "install")
OWNER = "Yiwang rehearsal lab"


@dataclass(frozen=True, slots=True)
class Record:
    """What is written beside a repository: for which image it was made, when, and how large its packages are."""

    image: str
    made: datetime
    packages: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Repository:
    """A flat package repository: the folder to serve, the keyring that trusts it, and what is known of it."""

    id: str
    path: Path
    keyring: bytes
    record: Record


@cache
def repository_packages() -> tuple[str, ...]:
    """The packages that labs install beyond the image."""
    needs: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_name("repository.yaml").read_text("utf-8"))
    return tuple(sorted({name for names in needs.values() for name in names}))


def ensure_repository(folder: Path, image: Image, *, names: Iterable[str] = (), report: Report = silent) -> Repository:
    """The repository of :func:`repository_packages` and ``names`` with what the image lacks of their dependencies.

    ``folder`` is the setting ``lab.folder``.  Whatever kills this leaves no half repository.

    Raises:
        LabError: not root (E6030), a program is missing (E6101), no sources (E6102), no room (E6103),
            packages cannot be fetched (E6105), or the repository cannot be signed (E6107).
    """
    order = _Order(image, tuple(sorted({*repository_packages(), *names})), machine_sources())
    place = folder.absolute() / REPOSITORIES / order.id
    if not place.is_dir():
        _require(folder)
        key = signing_key(folder, owner=OWNER, report=report)
        make_once(place, partial(_make, order, key, report=report), report=report)
    return _read(place)


def current_ids(folder: Path) -> frozenset[str]:
    """The ids of this machine's image and, where the image is there, of the repository that belongs to it.

    Raises:
        LabError: this machine has no package sources of Debian (E6102).
    """
    here = current_id()
    found = (image for image in images(folder) if image.id == here)
    return frozenset({here, *(_Order(image, repository_packages(), machine_sources()).id for image in found)})


def repositories(folder: Path) -> tuple[Repository, ...]:
    """The repositories that are there, the newest first."""
    found = map(_read, places(folder.absolute() / REPOSITORIES))
    return tuple(sorted(found, key=lambda repository: repository.record.made, reverse=True))


def _read(place: Path) -> Repository:
    return Repository(place.name, place / PACKAGES, (place / PUBLIC).read_bytes(), read_record(place, Record))


@dataclass(frozen=True, slots=True)
class _Order:
    image: Image
    names: Sequence[str]
    sources: Sources

    @property
    def id(self) -> str:
        content = [self.image.id, dict(self.image.record.packages), list(self.names), str(self.sources)]
        return sha256(canonical(content).encode()).hexdigest()[:12]


def _require(folder: Path) -> None:
    require_root()
    for program, package in {"apt-ftparchive": "apt-utils", "gpg": "gpg"}.items():
        if not shutil.which(program):
            raise LabError(NO_PROGRAM, program=program, package=package)
    require_space(folder, NEEDED_MIB)


def _make(order: _Order, key: Path, place: Path, lock: int, *, report: Report) -> None:
    log = place.with_suffix(".log")
    log.unlink(missing_ok=True)
    packages = place / PACKAGES
    packages.mkdir()
    status = order.image.path / "var/lib/dpkg/status"
    apt = private_apt(place / "apt", order.sources, architecture=order.image.record.architecture, status=status)
    for doing, command in (
        (_("reading the package lists"), ("update", "--error-on=any")),
        (_("fetching the packages of the repository"), (*DOWNLOAD, *order.names)),
    ):
        report(doing)
        complaints = run(Run(["apt-get", "--yes", *command], log, lock, environment={"APT_CONFIG": str(apt)}))
        if complaints:
            raise LabError(NO_PACKAGES, lines=indented(complaints), log=log)
    packages.chmod(0o755)
    for file in (place / "apt" / ARCHIVES).glob("*.deb"):
        file.rename(packages / file.name)
    shutil.rmtree(place / "apt")
    report(_("indexing and signing the packages"))
    index(packages, label=OWNER)
    sign(packages / "Release", key, lock=lock)
    shutil.copyfile(key / PUBLIC, place / PUBLIC)
    files = tuple(packages.glob("*.deb"))
    size_bytes = sum(file.stat().st_size for file in files)
    write_record(place, Record(order.image.id, datetime.now(UTC), len(files), size_bytes))


def seed_client(repository: Repository, url: str) -> dict[str, SeedFile]:
    """The files by which a host's apt finds the repository at a URL, and finds nothing else."""
    return {
        KEYRING: SeedFile(repository.keyring),
        SOURCE: text(f"Types: deb\nURIs: {url.rstrip('/')}/\nSuites: ./\nSigned-By: /{KEYRING}\n"),
    }


def seed_mirror(repository: Repository) -> dict[str, SeedFile]:
    """The service that serves the repository from ``/srv/yiwang/mirror`` at port 80 of a host."""
    unit = Path(__file__).with_name(SERVICE).read_text(encoding="utf-8")
    return {
        f"etc/systemd/system/{SERVICE}": text(unit),
        f"etc/systemd/system/multi-user.target.wants/{SERVICE}": link(f"../{SERVICE}"),
    }
