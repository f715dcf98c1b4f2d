"""``constraints.txt``: the exact version of every distribution that the project is developed with."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "constraints.txt"
HEADING = "# Exact versions, written by scripts/constraints; ranges are in pyproject.toml.\n"
# Parts of every virtual environment, and the project itself.
LEFT_OUT = {"pip", "setuptools", "wheel", "yiwang"}


def rendered() -> str:
    """The file's text for what is installed beside this interpreter."""
    found = {canonicalize_name(each.name): each.version for each in distributions()}
    pins = (f"{name}=={found[name]}" for name in sorted(found) if name not in LEFT_OUT)
    return HEADING + "".join(f"{pin}\n" for pin in pins)


def problems(root: Path = ROOT) -> Iterator[str]:
    """Requirements of ``pyproject.toml`` that no pin satisfies, and pins that differ from what is installed."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    pins = dict(
        line.split("==")
        for line in (root / "constraints.txt").read_text("utf-8").splitlines()
        if not line.startswith("#")
    )
    for requirement in map(Requirement, wanted):
        pin = pins.get(canonicalize_name(requirement.name))
        if pin is None or not requirement.specifier.contains(pin, prereleases=True):
            yield f"{requirement}: constraints.txt has {pin or 'no pin'}; run scripts/constraints"
    for name, pin in pins.items():
        try:
            present = version(name)
        except PackageNotFoundError:
            continue
        if present != pin:
            yield f"{name}: {present} is installed, constraints.txt has {pin}"
