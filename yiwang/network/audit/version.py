"""Comparing versions of devices' software by their numbers."""

from __future__ import annotations

import re

Version = tuple[int, ...]


def version_of(text: str | None) -> Version | None:
    """The numbers of a version: V200R019C10 is (200, 19, 10), 15.2(4)E is (15, 2, 4); None without any."""
    numbers = tuple(int(each) for each in re.findall(r"\d{1,9}", text or "")[:6])
    return numbers or None


def holds(version: Version | None, since: str | None, before: str | None) -> bool | None:
    """Whether a version lies from ``since`` on and ``before``; None where it is not known and that matters."""
    low, high = version_of(since), version_of(before)
    if low is None and high is None:
        return True
    if version is None:
        return None
    return (low is None or version >= low) and (high is None or version < high)
