"""What an apply tells while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Progress:
    """A change begins, says a line, or ends; ``number`` counts from 1."""

    kind: Literal["begin", "output", "end"]
    number: int
    total: int
    title: str
    text: str = ""


Report = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """Tell nobody."""
