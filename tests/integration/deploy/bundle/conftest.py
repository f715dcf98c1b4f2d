"""A builder with a package source of its own: small packages, made here, signed here."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from yiwang.core.debian.apt import index
from yiwang.core.debian.signing import PUBLIC, sign, signing_key
from yiwang.core.debian.sources import Source, Sources
from yiwang.core.once import exclusively
from yiwang.deploy.bundle.archive import Bundle
from yiwang.deploy.bundle.build import Folders, Order, build, builder_key
from yiwang.deploy.bundle.packages import require_programs
from yiwang.deploy.bundle.trusted import PublicKey


def make_package(folder: Path, name: str, *, version: str = "1.0", depends: str = "", kib: int = 1) -> Path:
    """A package that holds some bytes."""
    tree = folder / "trees" / f"{name}-{version}"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "usr/share" / name).mkdir(parents=True)
    (tree / "usr/share" / name / "content").write_bytes((name * 200).encode()[:1024] * kib)
    lines = {"Package": name, "Version": version, "Architecture": "all", "Maintainer": "trial", "Description": "trial"}
    lines |= {"Depends": depends} if depends else {}
    (tree / "DEBIAN/control").write_text("".join(f"{key}: {value}\n" for key, value in lines.items()))
    words = ["dpkg-deb", "--root-owner-group", "-Znone", "-b", str(tree), str(folder / "packages")]
    subprocess.run(words, check=True, capture_output=True)
    return folder / "packages" / f"{name}_{version}_all.deb"


@dataclass(frozen=True)
class Builder:
    """A machine that builds bundles."""

    folder: Path
    sources: Sources

    @property
    def folders(self) -> Folders:
        return Folders(self.folder / "state", self.folder / "cache")

    @property
    def key(self) -> PublicKey:
        return builder_key(self.folders)

    def order(self, needs: Mapping[str, tuple[str, ...]]) -> Order:
        return Order("trial", "", needs, sources=self.sources, has_wheels=False)

    def build(self, name: str = "one.bundle", **needs: tuple[str, ...]) -> Bundle:
        return build(self.order(needs or {"trial": ("yiwang-trial",)}), self.folder / name, self.folders)


def publish(folder: Path) -> Sources:
    """Index and sign what lies in a folder, and tell apt where it is."""
    packages = folder / "packages"
    key = signing_key(folder / "archive", owner="archive")
    index(packages, label="archive")
    with exclusively(folder / "archive") as lock:
        sign(packages / "Release", key, lock=lock)
    fields = {"Types": "deb", "URIs": f"file:{packages}", "Suites": "./", "Signed-By": str(key / PUBLIC)}
    return Sources("bookworm", (Source(fields),))


@pytest.fixture
def builder(tmp_path: Path) -> Builder:
    try:
        require_programs()
    except Exception as error:
        pytest.skip(f"bundles cannot be built here: {error}")
    (tmp_path / "packages").mkdir()
    make_package(tmp_path, "yiwang-trial", depends="yiwang-trial-data (>= 1.0)")
    make_package(tmp_path, "yiwang-trial-data", kib=6 << 10)
    make_package(tmp_path, "yiwang-other")
    return Builder(tmp_path, publish(tmp_path))
