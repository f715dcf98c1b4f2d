"""What an identifier is: a pattern, and a check beyond it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from yiwang.core.i18n import Message


def no_more(_text: str) -> bool:
    """The check of an identifier whose pattern says everything."""
    return True


@dataclass(frozen=True, slots=True)
class Identifier:
    """A kind of identifier.

    ``pattern`` covers the whole text and uses only what Python's and Rust's expressions read alike;
    ``check`` judges a text that has the pattern.  A valid text is in its one canonical form: capital
    letters, no spaces, no hyphens that the standard writes only for people.
    """

    name: str
    title: Message
    standard: str
    pattern: str
    example: str
    check: Callable[[str], bool] = no_more

    def is_valid(self, text: str) -> bool:
        """Whether a text is such an identifier."""
        return re.fullmatch(self.pattern, text) is not None and self.check(text)
