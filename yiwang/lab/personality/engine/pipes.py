"""What stands behind ``|``: only the lines that are asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping


def split_pipe(line: str) -> tuple[str, str]:
    """A typed line and what stands behind its first ``|``."""
    head, bar, pipe = line.partition(" | ")
    return (head.rstrip(), pipe.strip()) if bar else (line, "")


def piped(text: str, pipe: str, known: Mapping[str, str]) -> tuple[str, bool]:
    """The lines that a pipe lets through, and whether the pager is to be left out.

    ``known`` are the platform's words and what they do: include, exclude, begin, section or all.
    """
    word, _, argument = pipe.partition(" ")
    action = next((known[each] for each in sorted(known) if word and each.startswith(word.lower())), "")
    if action == "all" or not action:
        return text, action == "all"
    try:
        wanted = re.compile(argument.strip().strip('"'))
    except re.error:
        wanted = re.compile(re.escape(argument))
    lines = text.splitlines(keepends=True)
    if action == "begin":
        start = next((index for index, line in enumerate(lines) if wanted.search(line)), len(lines))
        return "".join(lines[start:]), False
    if action == "section":
        return "".join(_sections(lines, wanted)), False
    return "".join(line for line in lines if bool(wanted.search(line)) == (action == "include")), False


def _sections(lines: list[str], wanted: re.Pattern[str]) -> list[str]:
    kept = []
    depth = -1
    for line in lines:
        lead = len(line) - len(line.lstrip(" "))
        if depth >= 0 and lead > depth:
            kept.append(line)
            continue
        depth = lead if wanted.search(line) else -1
        if depth >= 0:
            kept.append(line)
    return kept
