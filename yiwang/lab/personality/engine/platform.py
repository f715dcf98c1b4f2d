"""A platform's data file: everything that makes one vendor's command line differ from another's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from yiwang.lab.personality.engine.words import REST, Names, Pattern, pattern

PLATFORM_FILE = "/etc/yiwang/platform.json"
TOP = "system"
"""The view in which a whole configuration stands."""


@lru_cache(maxsize=1024)
def expression(text: str) -> re.Pattern[str]:
    """A compiled expression."""
    return re.compile(text)


@dataclass(frozen=True, slots=True)
class Section:
    """A line that opens a view of its own: where it may stand, how it looks, the prompt inside."""

    view: str
    within: tuple[str, ...]
    opens: str
    prompt: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command that is no configuration: its words, the views where it is known, what it does."""

    say: Pattern
    views: frozenset[str]
    do: str
    data: Mapping[str, Any]


class Platform:
    """One platform, read from the JSON that its YAML was compiled to."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.name: str = data["name"]
        self.comment: str = data["comment"]
        self.undo: str = data.get("undo", "no")
        self.indent: int = data.get("indent", 1)
        self.global_lead: int = data.get("global_lead", 0)
        self.section_end: str = data.get("section_end", "")
        self._identities: dict[str, str] = {}

    @cached_property
    def names(self) -> Names:
        """How parameters are written."""
        return Names(
            self.data.get("kinds", {}),
            tuple(self.data.get("interfaces", ())),
            self.data.get("interface_separator", ""),
            self.data.get("dotted", False),
        )

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The lines that open views."""
        return tuple(
            Section(each["view"], tuple(each.get("within", (TOP,))), each["opens"], each["prompt"])
            for each in self.data.get("sections", ())
        )

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        """The commands that are no configuration."""
        return tuple(
            Command(pattern(say), frozenset(each["in"].split()), each["do"], each)
            for each in self.data.get("commands", ())
            for say in each["say"]
        )

    @lru_cache(maxsize=64)  # noqa: B019 - a process has one platform, and it lives as long
    def lines(self, view: str) -> tuple[Pattern, ...]:
        """Configuration lines of a view whose every word is known."""
        return tuple(map(pattern, self.data.get("lines", {}).get(view, ())))

    @lru_cache(maxsize=64)  # noqa: B019
    def heads(self, view: str) -> tuple[Pattern, ...]:
        """How lines of a view begin of which only that is known; the rest is taken as it is."""
        known: dict[str, str] = self.data.get("words", {})
        return tuple((each, REST) for each in known.get(view, known.get("*", "")).split())

    def opened(self, view: str, text: str) -> tuple[Section, re.Match[str]] | None:
        """The section that a line opens where it stands in a view."""
        for section in self.sections:
            if view in section.within and (found := expression(section.opens).fullmatch(text)):
                return section, found
        return None

    def identity(self, text: str) -> str:
        """What makes two lines the same line with another value: ``sysname a`` and ``sysname b``."""
        if text not in self._identities:
            self._identities[text] = self._identity(text)
        return self._identities[text]

    def _identity(self, text: str) -> str:
        undone = text.removeprefix(f"{self.undo} ")
        if undone != text and any(expression(each).fullmatch(undone) for each in self.data.get("negatives", ())):
            return self.identity(undone)
        for each in self.data.get("identities", ()):
            if found := expression(each).fullmatch(text):
                return " ".join(part for part in found.groups() if part)
        return text

    def is_shown_undone(self, text: str) -> bool:
        """Whether the vendor prints the undoing of a line, since the line itself is the default."""
        return self.identity(f"{self.undo} {text}") == self.identity(text)

    def is_logical(self, interface: str) -> bool:
        """Whether an interface of this name may be made and removed by configuration."""
        return expression(self.data.get("logical", "")).fullmatch(interface) is not None

    def is_loopback(self, interface: str) -> bool:
        """Whether the interface is one that leads nowhere."""
        return expression(self.data["loopback"]).fullmatch(interface) is not None

    def rank(self, text: str, *, is_top: bool) -> int:
        """Where the vendor prints a line among its neighbours."""
        order: list[str] = self.data.get("order" if is_top else "order_within", ["*"])
        for index, each in enumerate(order):
            if each != "*" and expression(each).fullmatch(text):
                return index
        return order.index("*")

    def separates(self, header: str | None) -> bool:
        """Whether separators stand between the sections below a header (None: the top)."""
        return header is None or any(
            expression(each).fullmatch(header) for each in self.data.get("separate_within", ())
        )


def load(file: Path) -> Platform:
    """The platform of a compiled data file."""
    return Platform(json.loads(file.read_text("utf-8")))
