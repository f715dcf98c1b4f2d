"""An apt of its own: it takes for installed what it is told, and leaves this machine's own system alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

from yiwang.core.debian.fetching import apt_config, apt_settings
from yiwang.core.debian.sources import Sources
from yiwang.core.writing import write_files

ARCHIVES = "var/cache/apt/archives"
FOLDERS = ("etc/apt/sources.list.d", "var/lib/apt/lists/partial", f"{ARCHIVES}/partial", "var/log/apt")
# What apt-ftparchive calls a repository's description.
ORIGIN = "Yiwang"


def private_apt(home: Path, sources: Sources, *, architecture: str, status: Path | None = None) -> Path:
    """Make an apt below a folder and return its configuration file, for ``$APT_CONFIG``.

    ``status`` is dpkg's file of what counts as installed; without one nothing does.
    """
    for name in FOLDERS:
        (home / name).mkdir(parents=True, exist_ok=True)
    if status is None:
        status = home / "var/lib/status"
        status.touch()
    trusted = apt_config("shell", "file", "Dir::Etc::Trusted/f", "parts", "Dir::Etc::TrustedParts/d")
    paths = dict(line.split("=", 1) for line in trusted.replace("'", "").splitlines())
    settings = (
        f'Dir "{home}";\n'
        f'Dir::State::status "{status}";\n'
        f'Dir::Etc::Trusted "{paths.get("file", "")}";\n'
        f'Dir::Etc::TrustedParts "{paths.get("parts", "")}";\n'
        f'APT::Architecture "{architecture}";\n'
        'APT::Sandbox::User "root";\n'
        'Acquire::Languages "none";\n'
    )
    write_files(
        {
            home / "apt.conf": (settings + apt_settings()).encode(),
            home / "etc/apt/sources.list.d/debian.sources": str(sources).encode(),
        },
        mode=0o600,
    )
    return home / "apt.conf"


def index(packages: Path, *, label: str) -> None:
    """Write ``Packages`` and ``Release`` for the package files in and below a folder."""
    only_strong = [f"--option=APT::FTPArchive::{each}=false" for each in ("MD5", "SHA1", "SHA512")]
    described = {"Origin": ORIGIN, "Label": label}
    named = [f"--option=APT::FTPArchive::Release::{key}={value}" for key, value in described.items()]
    for stale in ("Packages", "Release", "InRelease"):
        (packages / stale).unlink(missing_ok=True)
    for kind, file in (("packages", "Packages"), ("release", "Release")):
        command = ["apt-ftparchive", *only_strong, *named, kind, "."]
        done = subprocess.run(command, cwd=packages, capture_output=True, check=True)
        (packages / file).write_bytes(done.stdout)
        (packages / file).chmod(0o644)
