"""What a terminal shows of what it was sent: cursor movements and letters over other letters obeyed."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[^\r\b\x07\x1b]*\r*\n?")
_PARTS = re.compile(
    r"\x1b\[(?P<number>\d*)(?P<letter>[A-Za-z])|\x1b\[[?0-9;]*[A-Za-z]|\x1b[\]P].*?(?:\x07|\x1b\\)|\x1b.|."
)
_NAMELESS = str.maketrans("", "", "\x00\x7f")


def decoded(content: bytes) -> str:
    """Text in UTF-8, else in GB18030, in which Chinese devices write descriptions."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("gb18030", "replace")


def shown(raw: str) -> str:
    """The lines on the screen, joined by newlines, without blanks at their ends."""
    return "\n".join(_line(each) for each in raw.translate(_NAMELESS).split("\n"))


def _line(raw: str) -> str:
    if _PLAIN.fullmatch(raw):
        return raw.rstrip()
    line, at = "", 0
    for part in _PARTS.finditer(raw):
        line, at = _typed(line, at, part)
    return line.rstrip()


def _typed(line: str, at: int, part: re.Match[str]) -> tuple[str, int]:
    text = part[0]
    if text == "\r":
        return line, 0
    if text == "\x07":
        return line, at
    if text == "\b":
        return line, max(at - 1, 0)
    if text.startswith("\x1b"):
        return _moved(line, at, part["letter"], int(part["number"] or 0))
    return line[:at].ljust(at) + text + line[at + 1 :], at + 1


def _moved(line: str, at: int, letter: str | None, number: int) -> tuple[str, int]:
    if letter == "D":
        return line, max(at - (number or 1), 0)
    if letter == "C":
        return line, at + (number or 1)
    if letter == "K":
        # 0: from here to the end; 1: up to here; 2: all of it.
        return ("" if number == 2 else line[:at] if number == 0 else line), at
    return line, at
