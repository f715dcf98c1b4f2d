"""The line of a file that a position names, with a caret under the column."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

from yiwang.core.errors import Position

WIDEST = 160


@lru_cache(maxsize=64)
def _lines(file: Path) -> tuple[str, ...]:
    try:
        return tuple(file.read_bytes().decode("utf-8-sig", errors="replace").splitlines())
    except OSError:
        return ()


def snippet(position: Position) -> tuple[str, ...]:
    """Two lines, source and caret; nothing when the file or the line is not there."""
    lines = _lines(position.file) if position.line else ()
    if not 0 < position.line <= len(lines):
        return ()
    source = lines[position.line - 1][:WIDEST].replace("\t", " ")
    number = f"{position.line:>5} | "
    return f"{number}{source}", " " * (len(number) + _width(source[: max(position.column - 1, 0)])) + "^"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
