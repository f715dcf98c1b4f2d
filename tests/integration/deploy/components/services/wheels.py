"""Wheels of what is installed here, so that a node can install it without a network."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

import yiwang

SOURCE = Path(yiwang.__file__).parent


def pack(folder: Path, name: str, extra: str = "") -> None:
    """Wheels of a distribution and all that it needs, into a folder."""
    for each in _closure(name, extra):
        _pack(folder, distribution(each))


def _closure(name: str, extra: str) -> set[str]:
    found: set[tuple[str, str]] = set()
    todo = [(name, extra)]
    while todo:
        current = todo.pop()
        if current not in found:
            found.add(current)
            todo += _needed(*current)
    return {each for each, _ in found}


def _needed(name: str, extra: str) -> Iterator[tuple[str, str]]:
    for text in distribution(name).requires or ():
        each = Requirement(text)
        if each.marker is None or each.marker.evaluate({"extra": extra}):
            yield from ((each.name.lower(), wanted) for wanted in (each.extras or {""}) | {""})


def _pack(folder: Path, found: Distribution) -> None:
    metadata = {
        "METADATA": found.read_text("METADATA") or found.read_text("PKG-INFO"),
        "WHEEL": found.read_text("WHEEL") or "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "entry_points.txt": found.read_text("entry_points.txt"),
    }
    tags = [line.removeprefix("Tag: ") for line in str(metadata["WHEEL"]).splitlines() if line.startswith("Tag: ")]
    stem = f"{found.metadata['Name'].replace('-', '_').lower()}-{found.version}"
    with zipfile.ZipFile(folder / f"{stem}-{tags[-1]}.whl", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as wheel:
        for place, file in _files(found):
            wheel.write(file, place)
        for name, text in metadata.items():
            if text:
                wheel.writestr(f"{stem}.dist-info/{name}", text)
        wheel.writestr(f"{stem}.dist-info/RECORD", "")


def _files(found: Distribution) -> Iterator[tuple[str, Path]]:
    if found.metadata["Name"] == "yiwang":
        files = (file for file in SOURCE.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
        yield from ((str(file.relative_to(SOURCE.parent)), file) for file in files)
        return
    for each in found.files or ():
        if ".." not in each.parts and ".dist-info" not in each.parts[0] and "__pycache__" not in each.parts:
            yield str(each), Path(str(found.locate_file(each)))
