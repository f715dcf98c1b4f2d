"""With what texts a line must begin so that an expression can match it: most expressions need never be tried."""

from __future__ import annotations

from collections.abc import Iterator

QUANTIFIERS = "?*{"
SPECIAL = ".[$|^)"


def beginnings(expression: str) -> frozenset[str] | None:
    """The literal beginnings, in small letters, of everything that the expression matches; None where any can be.

    Knows ``^``, literals, groups with alternatives and quantifiers; where it knows no further, it stops, so
    that what it returns is too short at worst, never wrong.
    """
    found: set[str] = set()
    for alternative in _alternatives(expression):
        if not alternative.startswith("^"):
            return None
        found |= _literals(alternative[1:])
    return None if "" in found else frozenset(each.lower() for each in found)


def _alternatives(expression: str) -> Iterator[str]:
    start = 0
    for index, depth in _outside_classes(expression):
        if depth == 0 and expression[index] == "|":
            yield expression[start:index]
            start = index + 1
    yield expression[start:]


def _outside_classes(expression: str) -> Iterator[tuple[int, int]]:
    """Every index that is neither escaped nor in a character class, with the depth of groups there."""
    depth, index = 0, 0
    while index < len(expression):
        character = expression[index]
        depth += (character == "(") - (character == ")")
        yield index, depth
        if character == "[":
            index = _end_of_class(expression, index)
        index += 2 if character == "\\" else 1


def _end_of_class(expression: str, start: int) -> int:
    index = start + 1
    index += expression.startswith("^", index)
    index += expression.startswith("]", index)
    while index < len(expression) and expression[index] != "]":
        index += 2 if expression[index] == "\\" else 1
    return index


def _literals(rest: str) -> set[str]:
    run = ""
    index = 0
    while index < len(rest):
        character = rest[index]
        width = 1
        if character == "(":
            return {run + each for each in _group(rest, index)}
        if character in SPECIAL or character in QUANTIFIERS:
            break
        if character == "\\":
            character, width = rest[index + 1 : index + 2], 2
            if character.isalnum() or not character:
                break
        after = rest[index + width : index + width + 1]
        if after and after in QUANTIFIERS:
            break
        run += character
        index += width
        if after == "+":
            break
    return {run}


def _group(rest: str, start: int) -> set[str]:
    end = next((i for i, depth in _outside_classes(rest[start:]) if i and depth == 0), None)
    inside = rest[start + 1 : start + end] if end else ""
    after = rest[start + end + 1 : start + end + 2] if end else ""
    if inside.startswith("?:"):
        inside = inside[2:]
    elif inside.startswith("?P<"):
        inside = inside.partition(">")[2]
    if not inside or inside.startswith("?") or (after and after in QUANTIFIERS):
        return {""}
    return {literal for alternative in _alternatives(inside) for literal in _literals(alternative.removeprefix("^"))}
