"""公民身份号码 (GB 11643): 6 digits of division, 8 of birth, 3 of sequence (odd for men), a check character."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from yiwang.adapters.identifiers.identifier import Identifier
from yiwang.core.i18n import N_

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
# The first digit pairs of GB/T 2260, and 83 (residence permits of people from Taiwan) and 91 (foreigners').
PROVINCES = "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91"
PATTERN = (
    rf"(?:{PROVINCES})[0-9]{{4}}(?:18|19|20|21)[0-9]{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{{3}}[0-9X]"
)


@dataclass(frozen=True, slots=True)
class Citizen:
    """What a citizen's number tells: ``division`` is that of the first registration, as it was called then."""

    division: str
    birth: date
    sequence: int

    @property
    def sex(self) -> Literal["1", "2"]:
        """By GB/T 2261.1: 1 male, 2 female."""
        return "1" if self.sequence % 2 else "2"

    @property
    def text(self) -> str:
        """The number with its check character."""
        body = f"{self.division}{self.birth:%Y%m%d}{self.sequence:03}"
        return body + check_character(body)


def check_character(body: str) -> str:
    """The last character for the first 17 digits: the weighted sum's remainder by 11."""
    return CHECKS[sum(weight * int(digit) for weight, digit in zip(WEIGHTS, body, strict=True)) % 11]


def read_citizen(text: str) -> Citizen:
    """The parts of a valid number; what it makes of another text is undefined."""
    return Citizen(text[:6], date(int(text[6:10]), int(text[10:12]), int(text[12:14])), int(text[14:17]))


def widened(text: str) -> str:
    """The 18 characters of a number of 15 digits, as were given until 1999; other texts as they are.

    The short form has two digits of the year, which all stand for 19xx.
    """
    if len(text) != 15 or not (text.isascii() and text.isdigit()):
        return text
    body = f"{text[:6]}19{text[6:]}"
    return body + check_character(body)


def _check(text: str) -> bool:
    try:
        return read_citizen(text).text == text
    except ValueError:
        return False


CITIZEN = Identifier("citizen-id", N_("citizen's number"), "GB 11643", PATTERN, "11010519491231002X", _check)
