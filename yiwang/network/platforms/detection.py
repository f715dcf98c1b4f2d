"""Telling a platform from a configuration or from what a device says of itself over SNMP.

A platform that is not supported is recognised as such; what cannot be told is never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from yiwang.network.platforms.catalogue import strangers
from yiwang.network.platforms.marking import Marking
from yiwang.network.platforms.model import Platform, Stranger

DECISIVE = 10
"""The sum of weights below which nothing is told."""
LONGEST_TEXT = 400_000
"""Characters of a text that are looked at: the marks of every platform stand in its first lines."""


@dataclass(frozen=True, slots=True)
class Detected:
    """The platform that was recognised; ``name`` is empty when none was, or two fit as well."""

    name: str = ""
    title: str = ""
    is_supported: bool = False
    candidates: tuple[str, ...] = ()


class Detection:
    """Recognises the given platforms and those that are not supported."""

    def __init__(self, platforms: Mapping[str, Platform]) -> None:
        self._platforms = platforms
        self._told_before: dict[int, Detected] = {}

    @cached_property
    def _all(self) -> Mapping[str, Stranger]:
        return {**strangers(), **self._platforms}

    @cached_property
    def _marking(self) -> Marking:
        return Marking([mark.line for each in self._all.values() for mark in each.marks])

    def by_text(self, text: str) -> Detected:
        """The platform of a configuration or of the output of a version command."""
        marks = self._marking.of(text[:LONGEST_TEXT].replace("\r", "").split("\n"))
        if marks not in self._told_before:
            self._told_before[marks] = self._weighed(marks)
        return self._told_before[marks]

    def _weighed(self, marks: int) -> Detected:
        own: dict[str, int] = {}
        for name, each in self._all.items():
            # Each platform's marks are the next bits.
            own[name] = sum(mark.weight for place, mark in enumerate(each.marks) if marks >> place & 1)
            marks >>= len(each.marks)
        return self._best({name: self._sum(name, own) for name in own if own[name] >= DECISIVE})

    def _sum(self, name: str, own: Mapping[str, int]) -> int:
        # What speaks for a platform speaks for those that follow it, once they show a mark of their own.
        base = getattr(self._all[name], "based_on", None)
        return own[name] + (self._sum(base, own) if base else 0)

    def _best(self, scores: Mapping[str, int]) -> Detected:
        most = max(scores.values(), default=0)
        return self._told([name for name, score in scores.items() if score == most])

    def by_snmp(self, object_id: str, description: str) -> Detected:
        """The platform of a device by its sysObjectID (``1.3.6.1…``) and sysDescr; either may be empty."""
        near = self._longest(lambda each: _length(each.snmp.objects, object_id))
        if not description:
            return self._told(near)
        fitting = [name for name in near or self._all if _describes(self._all[name], description)]
        return self._told(fitting)

    def _longest(self, length: Callable[[Stranger], int]) -> list[str]:
        lengths = {name: length(each) for name, each in self._all.items()}
        longest = max(lengths.values(), default=0)
        return [name for name, each in lengths.items() if longest and each == longest]

    def _told(self, names: Iterable[str]) -> Detected:
        found = tuple(sorted(names))
        if len(found) != 1:
            return Detected(candidates=found)
        name = found[0]
        return Detected(name, self._all[name].title, name in self._platforms, found)


def _length(prefixes: Iterable[str], object_id: str) -> int:
    given = f"{object_id.lstrip('.')}."
    return max((len(each) for each in prefixes if given.startswith(f"{each}.")), default=0)


def _describes(platform: Stranger, description: str) -> bool:
    return any(each.search(description) for each in platform.snmp.descriptions)
