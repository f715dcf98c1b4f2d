"""What decides how a node image comes out; equal recipes share one image."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path

import yaml

from yiwang.core.canonical import canonical
from yiwang.core.debian.sources import Sources, machine_sources
from yiwang.lab.command import call
from yiwang.lab.seed import Seed, SeedFile, link

HERE = Path(__file__).parent
TREE = HERE / "tree"
UNITS = "etc/systemd/system"
GENERATORS = "etc/systemd/system-generators"
NOT_REHEARSED = "usr/lib/yiwang/not-rehearsed"
EXCLUDES = "etc/dpkg/dpkg.cfg.d/yiwang-lab"
# Raised when build.py makes something else of the same recipe.
EDITION = 1


@dataclass(frozen=True, slots=True)
class Differences:
    """In what the image differs from a fresh Debian, apart from files.

    Units that are ``masked`` or ``disabled``, generators that are ``silenced`` and patterns of paths that are
    ``removed`` have their reasons, ``links`` their targets.
    """

    masked: Mapping[str, str]
    silenced: Mapping[str, str]
    disabled: Mapping[str, str]
    links: Mapping[str, str]
    removed: Mapping[str, str]


@dataclass(frozen=True)
class Recipe:
    """What an image is made from."""

    architecture: str
    sources: Sources
    packages: tuple[str, ...]
    differences: Differences
    tree: Seed

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits that any change of the recipe changes."""
        content = {
            "edition": EDITION,
            "architecture": self.architecture,
            "sources": [self.sources.suite, str(self.sources)],
            "packages": self.packages,
            "differences": asdict(self.differences),
            "tree": {path: [file.mode, sha256(file.content).hexdigest()] for path, file in self.tree.items()},
        }
        return sha256(canonical(content).encode()).hexdigest()[:12]

    @property
    def overlay(self) -> Seed:
        """The files and links that lie over what the packages bring."""
        masks = {f"{UNITS}/{unit}": link("/dev/null") for unit in self.differences.masked}
        masks |= {f"{GENERATORS}/{name}": link("/dev/null") for name in self.differences.silenced}
        links = {path: link(target) for path, target in self.differences.links.items()}
        return {**self.tree, **masks, **links}

    def is_excluded(self, path: str) -> bool:
        """Whether dpkg would leave out a path (with its leading slash): of the rules the last that fits counts."""
        fitting = [verb for verb, pattern in self._excludes if pattern.match(path)]
        return fitting[-1:] == ["path-exclude"]

    @cached_property
    def _excludes(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        lines = self.tree[EXCLUDES].content.decode().splitlines()
        rules = (line.split("=", 1) for line in lines if line.startswith("path-"))
        return tuple((verb, re.compile(fnmatch.translate(pattern))) for verb, pattern in rules)


def machine_recipe() -> Recipe:
    """The recipe for this machine.

    Raises:
        LabError: it has no package sources of Debian (E6102), or no dpkg (E6020).
    """
    # Sources first: a machine that is no Debian has no dpkg to ask either.
    sources = machine_sources()
    architecture = call("dpkg", "--print-architecture").strip()
    return Recipe(architecture, sources, tuple(image_packages()), differences(), tree())


@cache
def image_packages() -> Mapping[str, str]:
    """The packages of the image beyond Debian's smallest system, each with its reason."""
    packages: dict[str, str] = yaml.safe_load((HERE / "packages.yaml").read_text(encoding="utf-8"))
    return packages


@cache
def differences() -> Differences:
    """In what the image differs from a fresh Debian, apart from files."""
    return Differences(**yaml.safe_load((HERE / "differences.yaml").read_text(encoding="utf-8")))


@cache
def tree() -> Seed:
    """The files that lie over the image as they are."""
    files = sorted(file for file in TREE.rglob("*") if file.is_file() and file != TREE / "README")
    return {str(file.relative_to(TREE)): _shipped(file.read_bytes()) for file in files}


def _shipped(content: bytes) -> SeedFile:
    return SeedFile(content, 0o755 if content.startswith(b"#!") else 0o644)


def not_rehearsed() -> Mapping[str, str]:
    """What a lab host accepts without effect: unit → why.  The same stands in every host, in :data:`NOT_REHEARSED`."""
    reasons: dict[str, str] = yaml.safe_load(tree()[NOT_REHEARSED].content)
    return reasons
