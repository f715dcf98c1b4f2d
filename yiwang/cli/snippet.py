"""The line of a file that a position names, with a caret under the column."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from yiwang.core.errors import Position

WIDEST = 160
SUFFIXES = (".yaml", ".yml")

# A line shown for one mistake must not give away a secret that stands beside it.
_SECRET = re.compile(
    r"(?i)(\b\w*(?:pass?w|pwd|secret|token|communit|private_key|auth|privacy|enable)\w*[\"']?\s*[:=]\s*+)"
    r"(?!vault:|[\"']vault:|\s*[{\[]|$)([^,}\]]+)"
)


@lru_cache(maxsize=64)
def _lines(file: Path) -> tuple[str, ...]:
    try:
        return tuple(file.read_bytes().decode("utf-8-sig", errors="replace").splitlines())
    except OSError:
        return ()


def snippet(position: Position) -> tuple[str, ...]:
    """Two lines, source and caret; nothing when the file or the line is not there."""
    # In a list (CSV, xlsx) line and column count rows and cells, not lines and characters.
    lines = _lines(position.file) if position.line and position.file.suffix in SUFFIXES else ()
    if not 0 < position.line <= len(lines):
        return ()
    source = _SECRET.sub(_mask, lines[position.line - 1])[:WIDEST].replace("\t", " ")
    number = f"{position.line:>5} | "
    return f"{number}{source}", " " * (len(number) + _width(source[: max(position.column - 1, 0)])) + "^"


def _mask(found: re.Match[str]) -> str:
    return found[1] + "*" * len(found[2])


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
