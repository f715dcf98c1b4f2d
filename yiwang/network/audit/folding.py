"""Folding port names into ranges: GigabitEthernet0/0/1-24, Vlanif10,20-22."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LAST_NUMBER = re.compile(r"^(.*?)(\d{1,9})$", re.DOTALL)


def folded(names: Iterable[str]) -> list[str]:
    """The names with runs of last numbers as ranges, in the order in which their stems first came."""
    plain: list[str] = []
    numbers: dict[str, set[int]] = {}
    for name in names:
        found = _LAST_NUMBER.match(name)
        # A number with leading noughts is part of a name.
        if found and str(int(found[2])) == found[2]:
            numbers.setdefault(found[1], set()).add(int(found[2]))
        elif name not in plain:
            plain.append(name)
    return [*plain, *(stem + ",".join(_ranges(sorted(found))) for stem, found in numbers.items())]


def _ranges(numbers: list[int]) -> Iterable[str]:
    start = previous = numbers[0]
    for number in [*numbers[1:], None]:
        if number is not None and number == previous + 1:
            previous = number
            continue
        yield str(start) if start == previous else f"{start}-{previous}"
        if number is not None:
            start = previous = number
