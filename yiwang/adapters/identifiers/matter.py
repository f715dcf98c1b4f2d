"""Codes of matters (政务服务事项).

GB/T 39554.1-2020, whose structure is read off published codes: the basic code has 12 digits (2 of the province, 2 of
the type, 5 of the main item, 3 of the sub-item), the one of whoever carries it out 31 (18 of the agency, 1 of the
level, the basic code), that of what is applied for 33.  There is no check digit beyond the agency's.
Older codes differ; they are kept with the name of the standard that they follow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from yiwang.adapters.identifiers.identifier import Identifier
from yiwang.adapters.identifiers.organisation import CREDIT, CREDIT_PATTERN
from yiwang.core.i18n import N_

BASIC = "[0-9]{2}(?:0[1-9]|10|20)[0-9]{8}"
PATTERN = f"{BASIC}|{CREDIT_PATTERN}[1-6]{BASIC}(?:[0-9]{{2}})?"
# DB52/T 1264-2018 of Guizhou: two letters of the type, such as XK for permits, and eight characters.
GUIZHOU = "[A-Z]{2}[0-9A-Z]{8}"


@dataclass(frozen=True, slots=True)
class MatterCode:
    """The parts of a matter's code: a basic one has no ``agency`` and ``level``, only the longest an ``item``."""

    province: str
    type: str
    main: str
    sub: str
    agency: str = ""
    level: str = ""
    item: str = ""

    @property
    def basic(self) -> str:
        """The 12 digits that are alike wherever the matter is carried out."""
        return f"{self.province}{self.type}{self.main}{self.sub}"

    @property
    def text(self) -> str:
        """The code."""
        return f"{self.agency}{self.level}{self.basic}{self.item}"


def read_matter(text: str) -> MatterCode:
    """The parts of a valid code of 12, 31 or 33 characters."""
    agency, level, rest = (text[:18], text[18], text[19:]) if len(text) > 12 else ("", "", text)
    return MatterCode(rest[:2], rest[2:4], rest[4:9], rest[9:12], agency, level, rest[12:])


def _check(text: str) -> bool:
    return len(text) == 12 or CREDIT.is_valid(text[:18])


MATTER = Identifier(
    "matter-code",
    N_("matter's code"),
    "GB/T 39554.1-2020",
    PATTERN,
    "11370800MB285591843370117002011",
    _check,
)
MATTER_GUIZHOU = Identifier(
    "matter-code-db52", N_("matter's code of Guizhou, 2018"), "DB52/T 1264-2018", GUIZHOU, "XK01002003"
)
MATTER_LOCAL = Identifier(
    "matter-code-local", N_("matter's code of another standard"), "", "[0-9A-Za-z._-]{1,64}", "0100-A-00100"
)


def code_standard(text: str) -> str:
    """Which standard a matter's code seems to follow: the name of its kind of identifier."""
    return next(each.name for each in (MATTER, MATTER_GUIZHOU, MATTER_LOCAL) if re.fullmatch(each.pattern, text))
