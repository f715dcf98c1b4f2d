"""The columns of lists, from ``columns.yaml``: which heading stands for which key."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from yiwang.core.document import parse

FILE = Path(__file__).with_name("columns.yaml")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its dotted key in the declaration, its headings, and the words that stand for values."""

    key: str
    zh: str
    en: str
    also: tuple[str, ...] = ()
    is_list: bool = False
    words: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def path(self) -> tuple[str, ...]:
        """The key as a path."""
        return tuple(self.key.split("."))

    def word(self, value: str) -> str:
        """The Chinese word for a value; the value itself where there is none."""
        return next((word for word, meaning in self.words.items() if meaning == value), value)


@dataclass(frozen=True, slots=True)
class Listing:
    """The columns of one kind of list."""

    kind: str
    zh: str
    en: str
    columns: tuple[Column, ...]

    def find(self, heading: str) -> Column | None:
        """The column with that heading, whatever its width of characters, case and blanks; or with that key."""
        wanted = plain(heading)
        for column in self.columns:
            if wanted in {plain(each) for each in (column.zh, column.en, column.key, *column.also)}:
                return column
        return None


def plain(heading: str) -> str:
    """A heading without what people write in many ways: width, case, blanks, a star, a remark in a second line."""
    first = unicodedata.normalize("NFKC", heading).strip().split("\n", 1)[0]
    return "".join(first.split()).casefold().strip("*:")


@cache
def listings() -> Mapping[str, Listing]:
    """Every list by its kind, in the order of the ledger's sheets."""
    document, findings = parse(FILE.read_bytes(), FILE)
    if findings:
        raise ValueError(findings)
    return {kind: _listing(kind, data) for kind, data in document.data.items()}


def _listing(kind: str, data: Mapping[str, Any]) -> Listing:
    return Listing(kind, data["zh"], data["en"], tuple(_column(each) for each in data["columns"]))


def _column(data: Mapping[str, Any]) -> Column:
    words = {word: str(meaning) for word, meaning in data.get("words", {}).items()}
    is_list = data.get("list") == "true"
    return Column(data["key"], data["zh"], data["en"], tuple(data.get("also", ())), is_list, words)
