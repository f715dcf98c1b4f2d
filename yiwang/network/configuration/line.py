"""One line of a capture: what the device wrote, without what the terminal added."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from yiwang.network.configuration.grammar import Grammar

HEAD = -1
"""The indentation of a head: every line is inside it, even those at the margin."""

DEEP = 1_000_000
"""The indentation of what takes no part in the tree: it is below everything and closes nothing."""

ERASURE = 8
"""Blanks after a pager's prompt that can only have been written to rub it out."""

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[@-Z\\-_]")
_BACK_TO_START = re.compile(r"\r|\x1b\[\d*D")
_PAGER = re.compile(r"\s*<?-+ ?\(?more\b[^-]{0,40}-+>?", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")


class Kind(Enum):
    """What a line is."""

    command = auto()
    comment = auto()
    closer = auto()
    end = auto()
    banner = auto()
    noise = auto()
    damaged = auto()


IN_TREE = frozenset((Kind.command, Kind.banner, Kind.damaged))
"""What stands in the tree and may open a section."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A line as far as it can be told without its neighbours: ``indent`` in columns, text without it."""

    kind: Kind
    indent: int
    text: str


def cleaned(raw: str) -> str:
    """The line as it stood on the screen at last: no control sequences, nothing that was rubbed out.

    A pager's prompt is rubbed out by backspaces, by a cursor movement or by a carriage return, with
    blanks between; what the device wrote follows it in the same line.
    """
    text = raw
    if not raw.isprintable():
        text = _BACK_TO_START.split(raw.rstrip("\r\n"))[-1]
        text = _CONTROL.sub("", text)
    if "ore" in text.lower() and (pager := _PAGER.match(text)):
        text = text[pager.end() :].rsplit("\b", 1)[-1]
        text = text.lstrip() if text.startswith(" " * ERASURE) else text
    return _rubbed(text) if "\b" in text else text


def _rubbed(text: str) -> str:
    kept: list[str] = []
    for character in text:
        if character != "\b":
            kept.append(character)
        elif kept:
            kept.pop()
    return "".join(kept)


def shape(raw: str, grammar: Grammar) -> Shape:
    """What this line is by the platform's grammar.  Never raises."""
    line = cleaned(raw)
    line = line.expandtabs(8) if "\t" in line else line
    text = line.strip()
    if not text:
        return Shape(Kind.noise, DEEP, "")
    indent = len(line) - len(line.lstrip())
    if grammar.noise and grammar.noise.match(text):
        return Shape(Kind.noise, DEEP, text)
    if grammar.end and indent == 0 and grammar.end.match(text):
        return Shape(Kind.end, HEAD, text)
    if grammar.heads and grammar.heads.match(text):
        return Shape(Kind.command, HEAD, text)
    if text.startswith(grammar.comments):
        return Shape(Kind.comment, indent, text)
    return Shape(_kind(text, grammar), indent, text)


def _kind(text: str, grammar: Grammar) -> Kind:
    if grammar.banner and grammar.banner.match(text):
        # Before damage: a banner may be closed by a control character.
        return Kind.banner
    if _UNPRINTABLE.search(text):
        return Kind.damaged
    if grammar.closers and grammar.closers.match(text):
        return Kind.closer
    return Kind.command
