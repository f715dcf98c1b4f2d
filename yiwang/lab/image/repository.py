"""The package repository of labs: what hosts install that have no way out, signed with the lab folder's own key."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from pathlib import Path

import yaml

from yiwang.core.canonical import canonical
from yiwang.core.errors import code
from yiwang.core.i18n import N_, _
from yiwang.core.writing import write_files
from yiwang.lab.command import LabError, call
from yiwang.lab.image.bootstrap import NO_PROGRAM, require_space
from yiwang.lab.image.build import Image
from yiwang.lab.image.confinement import Run, indented, run
from yiwang.lab.image.fetching import apt_settings
from yiwang.lab.image.signing import PUBLIC, sign, signing_key
from yiwang.lab.image.sources import Sources, machine_sources
from yiwang.lab.once import Report, make_once, silent
from yiwang.lab.readiness import require_root
from yiwang.lab.seed import SeedFile, link, text

NO_PACKAGES = code(
    "E6105",
    N_("the packages of the repository could not be fetched:\n{lines}"),
    N_("look into {log}; a name that no package source has must go from `--package` or come into a source"),
)

NEEDED_MIB = 512
KEYRING = "etc/apt/keyrings/yiwang-lab.gpg"
SOURCE = "etc/apt/sources.list.d/yiwang-lab.sources"
SERVICE = "yiwang-mirror.service"
DOWNLOAD = ("--download-only", "--no-install-recommends", "install")
# What apt-ftparchive calls a repository's description, and ours of it.
DESCRIPTION = {"Origin": "Yiwang", "Label": "Yiwang rehearsal lab"}


@dataclass(frozen=True, slots=True)
class Repository:
    """A flat package repository: the folder to serve, and the keyring that trusts it."""

    id: str
    path: Path
    keyring: bytes

    @property
    def packages(self) -> tuple[str, ...]:
        """The names of its package files."""
        return tuple(sorted(file.name for file in self.path.glob("*.deb")))

    @property
    def size_bytes(self) -> int:
        """How large the package files are."""
        return sum(file.stat().st_size for file in self.path.glob("*.deb"))


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
    wanted = tuple(sorted({*repository_packages(), *names}))
    sources = machine_sources()
    place = folder.absolute() / "repositories" / _id(image, wanted, sources)
    if not place.is_dir():
        _require(folder)
        key = signing_key(folder, report=report)
        make_once(place, partial(_make, _Order(image, wanted, sources, key), report=report), report=report)
    return Repository(place.name, place / "packages", (place / PUBLIC).read_bytes())


@dataclass(frozen=True, slots=True)
class _Order:
    image: Image
    names: Sequence[str]
    sources: Sources
    key: Path


def _id(image: Image, names: Sequence[str], sources: Sources) -> str:
    content = [image.id, dict(image.packages), list(names), str(sources)]
    return sha256(canonical(content).encode()).hexdigest()[:12]


def _require(folder: Path) -> None:
    require_root()
    for program, package in {"apt-ftparchive": "apt-utils", "gpg": "gpg"}.items():
        if not shutil.which(program):
            raise LabError(NO_PROGRAM, program=program, package=package)
    require_space(folder, NEEDED_MIB)


def _make(order: _Order, place: Path, lock: int, *, report: Report) -> None:
    log = place.with_suffix(".log")
    log.unlink(missing_ok=True)
    packages = place / "packages"
    packages.mkdir()
    apt = _private_apt(order, place / "apt")
    for doing, command in (
        (_("reading the package lists"), ("update",)),
        (_("fetching the packages of the repository"), (*DOWNLOAD, *order.names)),
    ):
        report(doing)
        complaints = run(Run(["apt-get", "--yes", *command], log, lock, environment={"APT_CONFIG": str(apt)}))
        if complaints:
            raise LabError(NO_PACKAGES, lines=indented(complaints), log=log)
    for file in (place / "apt/var/cache/apt/archives").glob("*.deb"):
        file.rename(packages / file.name)
    shutil.rmtree(place / "apt")
    report(_("indexing and signing the packages"))
    index(packages)
    sign(packages / "Release", order.key, lock=lock)
    shutil.copyfile(order.key / PUBLIC, place / PUBLIC)


def _private_apt(order: _Order, home: Path) -> Path:
    """An apt of its own, that takes for installed what the image has; returns its configuration file."""
    for name in (
        "etc/apt/sources.list.d",
        "var/lib/apt/lists/partial",
        "var/cache/apt/archives/partial",
        "var/log/apt",
    ):
        (home / name).mkdir(parents=True)
    trusted = call("apt-config", "shell", "file", "Dir::Etc::Trusted/f", "parts", "Dir::Etc::TrustedParts/d")
    paths = dict(line.split("=", 1) for line in trusted.replace("'", "").splitlines())
    settings = (
        f'Dir "{home}";\n'
        f'Dir::State::status "{order.image.path / "var/lib/dpkg/status"}";\n'
        f'Dir::Etc::Trusted "{paths.get("file", "")}";\n'
        f'Dir::Etc::TrustedParts "{paths.get("parts", "")}";\n'
        f'APT::Architecture "{order.image.architecture}";\n'
        'APT::Sandbox::User "root";\n'
        'Acquire::Languages "none";\n'
    )
    write_files(
        {
            home / "apt.conf": (settings + apt_settings()).encode(),
            home / "etc/apt/sources.list.d/debian.sources": str(order.sources).encode(),
        },
        mode=0o600,
    )
    return home / "apt.conf"


def index(packages: Path) -> None:
    """Write ``Packages`` and ``Release`` for the package files in a folder."""
    only_strong = [f"--option=APT::FTPArchive::{each}=false" for each in ("MD5", "SHA1", "SHA512")]
    named = [f"--option=APT::FTPArchive::Release::{key}={value}" for key, value in DESCRIPTION.items()]
    for stale in ("Packages", "Release", "InRelease"):
        (packages / stale).unlink(missing_ok=True)
    for kind, file in (("packages", "Packages"), ("release", "Release")):
        command = ["apt-ftparchive", *only_strong, *named, kind, "."]
        done = subprocess.run(command, cwd=packages, capture_output=True, check=True)
        (packages / file).write_bytes(done.stdout)


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
