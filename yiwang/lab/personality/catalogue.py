"""The platforms that have a personality, read from ``platforms/``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from yiwang.core.errors import NotFoundError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.lab.personality.engine.platform import Platform

FOLDER = Path(__file__).parent / "platforms"

UNKNOWN_PLATFORM = code(
    "E6400",
    N_('there is no personality for the platform "{given}"{suggestion}'),
    N_("`yiwang lab personality --help` lists the platforms; frr and linux devices need none"),
)


def platform_names() -> tuple[str, ...]:
    """Every platform that has a scripted command line."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yaml")))


@cache
def platform_data(name: str) -> Mapping[str, Any]:
    """A platform's data file, with that which it is ``based_on`` beneath.

    Raises:
        NotFoundError: there is no such platform (E6400).
    """
    import yaml

    file = FOLDER / f"{name}.yaml"
    if file.name not in {each.name for each in FOLDER.glob("*.yaml")}:
        raise NotFoundError(UNKNOWN_PLATFORM, given=name, suggestion=suggestion(name, platform_names()))
    own: dict[str, Any] = yaml.load(file.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    base = own.pop("based_on", None)
    return _merged(platform_data(base), own) if base else own


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in own.items():
        before = merged.get(key)
        if key == "commands" and isinstance(before, list):
            # The first pattern that fits counts, so what is said here goes before what is said there.
            merged[key] = [*value, *before]
        else:
            merged[key] = _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return merged


def platform(name: str) -> Platform:
    """A platform by its name.

    Raises:
        NotFoundError: there is no such platform (E6400).
    """
    return Platform(platform_data(name))
