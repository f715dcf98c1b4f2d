"""Python wheels of Yiwang and all that it needs, in the versions that run here, for Debian's own Python."""

from __future__ import annotations

import hashlib
import os
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path

import yiwang
from yiwang.core.debian.confinement import Run, indented, run
from yiwang.core.i18n import _
from yiwang.core.once import Report
from yiwang.deploy.bundle.faults import NO_WHEELS, OTHER_PYTHON, BundleError

PYTHON = "3.11"
"""Debian 12's."""
WHEELS = "wheels"
REQUIREMENTS = "requirements.txt"
EXTRA = "distributed"
PROJECT = Path(yiwang.__file__).resolve().parent.parent


def require_python() -> None:
    """Check that wheels made here suit the nodes.

    Raises:
        BundleError: this is another Python (E2193).
    """
    here = ".".join(map(str, sys.version_info[:2]))
    if here != PYTHON:
        raise BundleError(OTHER_PYTHON, version=here, wanted=PYTHON)


def gather(tree: Path, work: Path, lock: int, *, given: Path | None = None, report: Report) -> None:
    """Put the wheels into a folder, with their names, versions and digests as pip's requirements.

    They come from pip's own package index, or from a folder that is ``given``.

    Raises:
        BundleError: they cannot be had (E2192).
    """
    wheels = tree / WHEELS
    wheels.mkdir()
    log = work / "pip.log"
    log.unlink(missing_ok=True)
    report(_("gathering the Python wheels"))
    constraints = work / "constraints.txt"
    constraints.write_text("".join(f"{line}\n" for line in sorted(set(_versions()))), encoding="utf-8")
    source = ("--no-index", "--find-links", str(given)) if given else ()
    which = f"=={yiwang.__version__}" if given else f" @ {_own_wheel(work, lock, log).as_uri()}"
    words = ("--constraint", str(constraints), "--wheel-dir", str(wheels), *source)
    _pip(("wheel", *words, f"yiwang[{EXTRA}]{which}"), lock, log)
    (wheels / REQUIREMENTS).write_text("".join(_requirements(wheels)), encoding="utf-8")


def _versions() -> Iterator[str]:
    """What is installed here, which is what was tried together."""
    for each in distributions():
        if each.metadata["Name"] and each.metadata["Name"].lower() != "yiwang":
            yield f"{each.metadata['Name']}=={each.version}"


def _own_wheel(work: Path, lock: int, log: Path) -> Path:
    """Yiwang's own wheel: built where it runs from its sources, else put together from what was installed."""
    folder = work / "own"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.whl"):
        old.unlink()
    if (PROJECT / "pyproject.toml").is_file():
        _pip(("wheel", "--no-deps", "--wheel-dir", str(folder), str(PROJECT)), lock, log)
    else:
        _repack(_installed(log), folder)
    return next(folder.glob("*.whl"))


def _installed(log: Path) -> Distribution:
    try:
        return distribution("yiwang")
    except PackageNotFoundError as error:
        raise BundleError(NO_WHEELS, lines=indented([str(error)]), log=log) from error


def _repack(found: Distribution, folder: Path) -> None:
    name = folder / f"yiwang-{found.version}-py3-none-any.whl"
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as wheel:
        for each in found.files or ():
            # Programs outside of site-packages are made anew by whoever installs it.
            if ".." not in each.parts and "__pycache__" not in each.parts:
                wheel.write(Path(str(found.locate_file(each))), str(each))


def _pip(words: tuple[str, ...], lock: int, log: Path) -> None:
    common = ("--disable-pip-version-check", "--no-input", "--progress-bar", "off")
    command = [sys.executable, "-m", "pip", words[0], *common, *words[1:]]
    # Where pip finds its packages is a matter of the machine.
    settings = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    complaints = run(Run(command, log, lock, environment=settings))
    if complaints:
        raise BundleError(NO_WHEELS, lines=indented(complaints), log=log)


def _requirements(wheels: Path) -> Iterator[str]:
    for file in sorted(wheels.glob("*.whl")):
        name, version = file.name.split("-")[:2]
        yield f"{name.replace('_', '-')}=={version} --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"
