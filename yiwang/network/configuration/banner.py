"""Free texts inside a configuration: where one that opens in a line is closed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from yiwang.network.configuration.grammar import Grammar

LONGEST = 400
"""Lines after which an unclosed banner is taken for a single line."""


def closing(lines: Sequence[str], opening: int, text: str, grammar: Grammar) -> int:
    """Index of the line that closes the free text which ``lines[opening]`` opens; its own where it is closed there.

    ``text`` is the opening line without its indentation.  A delimiter that comes nowhere again closes
    nothing: the line then only looks like a banner, or the capture was cut off.
    """
    found = grammar.banner.match(text) if grammar.banner else None
    delimiter = found["delimiter"] if found and "delimiter" in found.groupdict() else None
    if not found or not delimiter:
        return opening
    inside = text[found.end("delimiter") :]
    if delimiter in inside or (inside.strip() and re.fullmatch(r"\w", delimiter)):
        return opening
    for index in range(opening + 1, min(len(lines), opening + LONGEST)):
        if delimiter in lines[index]:
            return index
    return opening
