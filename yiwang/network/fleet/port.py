"""Port names: what configurations, LLDP and people write for the same port."""

from __future__ import annotations

import re

_NAME = re.compile(r"\s*([A-Za-z][A-Za-z-]*)\s*([0-9][0-9/.:_-]*)\s*")


def is_same_port(one: str, other: str) -> bool:
    """Whether two names mean one port: the same numbers, and letters of which one abbreviates the other.

    ``GE0/0/1``, ``Gi0/0/1`` and ``GigabitEthernet0/0/1`` are one; ``Gi0/1`` and ``Te0/1`` are not.
    """
    if one.strip().lower() == other.strip().lower():
        return True
    first, second = _NAME.fullmatch(one), _NAME.fullmatch(other)
    if not first or not second or first[2] != second[2]:
        return False
    short, long = sorted((first[1].lower(), second[1].lower()), key=len)
    return long.startswith(short) or _is_abbreviated(short, long)


def _is_abbreviated(short: str, long: str) -> bool:
    """Huawei's and H3C's way: the letters of the short name in the order of the long one, the first the first."""
    rest = iter(long)
    return short[0] == long[0] and all(letter in rest for letter in short)
