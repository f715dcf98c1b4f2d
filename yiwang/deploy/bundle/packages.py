"""Debian packages with all that they depend on, as a signed repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from yiwang.core.debian.apt import ARCHIVES, index, private_apt
from yiwang.core.debian.confinement import Run, indented, run
from yiwang.core.debian.signing import sign
from yiwang.core.debian.sources import Sources
from yiwang.core.i18n import _
from yiwang.core.once import Report
from yiwang.deploy.bundle.faults import NO_PACKAGES, NO_PROGRAM, BundleError
from yiwang.deploy.bundle.needs import Needs

POOL = "pool"
LABEL = "Yiwang bundle"
INSTALL = ("--no-install-recommends", "install")
# 'URI' NAME SIZE DIGEST, as apt-get --print-uris says it.
ANNOUNCED = re.compile(r"'[^']*' (\S+\.deb) \d+ ")
PROGRAMS = {"apt-get": "apt", "apt-ftparchive": "apt-utils", "gpg": "gpg", "gpgv": "gpgv", "unshare": "util-linux"}


@dataclass(frozen=True, slots=True)
class Fetching:
    """Where packages come from and what counts as installed already, and how it is recorded.

    ``installed`` is dpkg's status file of what every node has; without one, everything is fetched down to the C
    library, so that the bundle suits any node of the same Debian.
    """

    sources: Sources
    architecture: str
    folder: Path
    lock: int
    installed: Path | None = None

    @property
    def log(self) -> Path:
        """What apt said."""
        return self.folder / "apt.log"


def architecture() -> str:
    """This machine's, in Debian's words.

    Raises:
        BundleError: this is no Debian (E2190).
    """
    try:
        said = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise BundleError(NO_PROGRAM, program="dpkg", package="dpkg") from None
    return said.stdout.strip()


def require_programs() -> None:
    """Check that packages can be fetched, indexed and signed here.

    Raises:
        BundleError: a program is missing (E2190).
    """
    for program, package in PROGRAMS.items():
        if not shutil.which(program):
            raise BundleError(NO_PROGRAM, program=program, package=package)


def fetch(needs: Needs, tree: Path, key: Path, fetching: Fetching, *, report: Report) -> None:
    """Put the packages of every group with their dependencies into a folder, indexed and signed.

    Each group is resolved by itself, because packages of two roles may exclude each other.

    Raises:
        BundleError: packages cannot be fetched (E2191).
        DebianError: the repository cannot be signed (E6107).
    """
    home = fetching.folder / _name(fetching)
    configuration = private_apt(
        home, _copied(fetching.sources), architecture=fetching.architecture, status=fetching.installed
    )
    fetching.log.unlink(missing_ok=True)
    environment = {"APT_CONFIG": str(configuration)}
    (home / "nothing/partial").mkdir(parents=True, exist_ok=True)
    report(_("reading the package lists"))
    _apt("*", ("update", "--error-on=any"), fetching, environment)
    wanted: set[str] = set()
    for number, (group, names) in enumerate(needs.items(), 1):
        report(_("packages of {group} ({number}/{total})").format(group=group, number=number, total=len(needs)))
        # With an empty cache apt says all that it would fetch, with ours it fetches only what is new.
        alone = ("-o", f"Dir::Cache::archives={home / 'nothing'}", "-o", "Debug::NoLocking=1")
        said = _apt(group, ("--quiet=2", "--print-uris", *alone, *INSTALL, *names), fetching, environment)
        wanted.update(match[1] for line in said if (match := ANNOUNCED.match(line)))
        _apt(group, ("--download-only", *INSTALL, *names), fetching, environment)
    (tree / POOL).mkdir()
    for name in sorted(wanted):
        os.link(home / ARCHIVES / name, tree / POOL / name)
    report(_("indexing and signing the packages"))
    index(tree, label=LABEL)
    sign(tree / "Release", key, lock=fetching.lock)


def _copied(sources: Sources) -> Sources:
    """The same sources, where apt copies the packages of folders: from ``file:`` it would leave them where they are."""
    entries = (entry.having(uris=entry.get("URIs").replace("file:", "copy:")) for entry in sources.entries)
    return Sources(sources.suite, tuple(entries))


def _name(fetching: Fetching) -> str:
    """The folder of an apt for just these sources."""
    installed = fetching.installed.read_bytes() if fetching.installed else b""
    content = f"{fetching.sources}\0{fetching.architecture}\0".encode() + installed
    return f"apt-{sha256(content).hexdigest()[:12]}"


def _apt(group: str, words: Sequence[str], fetching: Fetching, environment: Mapping[str, str]) -> list[str]:
    heard: list[str] = []
    command = ["apt-get", "--yes", *words]
    complaints = run(Run(command, fetching.log, fetching.lock, environment=environment, hear=heard.append))
    if complaints:
        raise BundleError(NO_PACKAGES, group=group, lines=indented(complaints), log=fetching.log)
    return heard
