"""Building a bundle: gathered in a folder of the cache, signed, and written as one archive."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import yiwang
from yiwang.core.debian.signing import PUBLIC, sign_apart, signing_key
from yiwang.core.debian.sources import Sources, machine_sources
from yiwang.core.once import Report, exclusively, silent
from yiwang.deploy.bundle import packages, wheels
from yiwang.deploy.bundle.archive import ABOUT, About, Bundle, open_bundle, write_archive, write_sums
from yiwang.deploy.bundle.extras import copy_extras
from yiwang.deploy.bundle.needs import Needs, base
from yiwang.deploy.bundle.trusted import PublicKey, public_key

OWNER = "Yiwang bundle"
TREE = "tree"


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a builder keeps its key, which must last, and what it fetched, which can be fetched again."""

    key: Path
    cache: Path


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be in a bundle.

    ``needs`` are packages by component; ``sources`` default to this machine's; ``installed`` is dpkg's status file
    of what every node has already; ``wheels`` is a folder to take Python wheels from; without ``has_wheels`` there
    are none.
    """

    estate: str
    selector: str
    needs: Needs
    sources: Sources | None = None
    installed: Path | None = None
    wheels: Path | None = None
    has_wheels: bool = True


def builder_key(folders: Folders, *, report: Report = silent) -> PublicKey:
    """The public half of the key that signs here, which is made at the first use.

    Raises:
        DebianError: it cannot be made (E6107).
    """
    place = signing_key(folders.key, owner=OWNER, report=report)
    return public_key((place / PUBLIC).read_bytes(), origin=str(place))


def build(order: Order, file: Path, folders: Folders, *, report: Report = silent) -> Bundle:
    """Build a bundle; whatever kills this, the file is the old one or the new one, whole.

    What was fetched stays in the cache, so that the same call goes on where a killed one was.

    Raises:
        BundleError: a program is missing (E2190), packages (E2191) or wheels (E2192, E2193) cannot be had.
        DebianError: this machine has no package sources (E6102), or nothing can be signed (E6107).
        UsageError: the file cannot be written (E0130).
    """
    packages.require_programs()
    if order.has_wheels:
        wheels.require_python()
    key = builder_key(folders, report=report)
    with exclusively(folders.cache, report=report) as lock:
        tree = folders.cache / TREE
        shutil.rmtree(tree, ignore_errors=True)
        tree.mkdir(mode=0o755)
        try:
            _fill(order, tree, folders, lock, report=report)
            write_archive(tree, file.absolute())
        finally:
            shutil.rmtree(tree, ignore_errors=True)
    made = open_bundle(file.absolute())
    made.verify(key)
    return made


def _fill(order: Order, tree: Path, folders: Folders, lock: int, *, report: Report) -> None:
    place = signing_key(folders.key, owner=OWNER, report=report)
    sources = order.sources or machine_sources()
    fetching = packages.Fetching(sources, packages.architecture(), folders.cache, lock, order.installed)
    packages.fetch(order.needs, tree, place, fetching, report=report)
    if order.has_wheels:
        wheels.gather(tree, folders.cache, lock, given=order.wheels, report=report)
    copy_extras(tree)
    about = About(
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        yiwang=yiwang.__version__,
        suite=sources.suite,
        architecture=fetching.architecture,
        python=wheels.PYTHON if order.has_wheels else "",
        estate=order.estate,
        selector=order.selector,
        components=order.needs,
    )
    (tree / ABOUT).write_bytes(about.plain())
    sign_apart(write_sums(tree), place, lock=lock)


def with_base(needs: Needs, more: tuple[str, ...] = ()) -> Needs:
    """The packages of components with those that every bundle holds, and some more."""
    asked = {"more": more} if more else {}
    return {**base(), **asked, **needs}
