"""Lines of a terminal: pieces of text with a style, measured in cells, of which a Chinese character takes two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size

Span = tuple[str, str]
"""A style and a text."""

Line = tuple[Span, ...]

CUT = ".."
STYLES = {"bold": "1", "dim": "2", "bad": "31", "good": "32", "warn": "33", "name": "36"}
"""Style → its numbers in an SGR sequence (ECMA-48)."""


def clean(text: str) -> str:
    """Text without anything that a terminal would obey: what nodes say is not trusted."""
    return "".join(character if character.isprintable() else " " for character in text)


def fitted(text: str, width: int) -> str:
    """The text in exactly so many cells: cut with a mark, or filled with blanks."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    kept = max(0, width - len(CUT))
    return set_cell_size(set_cell_size(text, kept).rstrip() + CUT, width)


def right(text: str, width: int) -> str:
    """The text at the right end of so many cells."""
    return " " * (width - cell_len(text)) + text


def widest(texts: Iterable[str], limit: int) -> int:
    """The cells of the widest text, at most ``limit``."""
    return min(limit, max(map(cell_len, texts), default=0))


def cut(line: Line, width: int) -> Line:
    """The line in at most so many cells."""
    kept: list[Span] = []
    left = width
    for style, text in line:
        size = cell_len(text)
        kept.append((style, text if size <= left else fitted(text, left)))
        left -= size
        if left <= 0:
            break
    return tuple(kept)


def written(line: Sequence[Span], *, has_colour: bool) -> str:
    """The line as it is sent to a terminal."""
    return "".join(_written(style, text) if has_colour else text for style, text in line).rstrip(" ")


def _written(style: str, text: str) -> str:
    numbers = ";".join(STYLES[word] for word in style.split())
    return f"\x1b[{numbers}m{text}\x1b[0m" if numbers else text
