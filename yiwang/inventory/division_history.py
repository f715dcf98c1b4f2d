"""Since when and until when codes of divisions are valid.

What is in the shipped table (:mod:`yiwang.inventory.divisions`) is valid today; ``standard/division_changes.yaml``
adds when codes came and which are gone.  Those dates are not verified day by day, and departments go on with an old
code for some time, so that :func:`is_valid_on` allows a year on either side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType

from yiwang.core.document import parse
from yiwang.inventory.divisions import townships, upper_divisions

CHANGES = Path(__file__).parent / "standard" / "division_changes.yaml"
SLACK = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Term:
    """The days on which a code is valid; None: not known to have begun, or to have ended."""

    name: str
    since: date | None = None
    until: date | None = None
    successor: str = ""

    def covers(self, day: date) -> bool:
        """Whether the code may stand on a record of that day, with a year's slack."""
        began = self.since is None or day >= self.since - SLACK
        return began and (self.until is None or day <= self.until + SLACK)


@cache
def terms() -> Mapping[str, Term]:
    """Every code of 6 digits that is valid or once was, since 2004."""
    now = {code: Term(each.name) for code, each in upper_divisions().items()}
    document, _findings = parse(CHANGES.read_bytes(), CHANGES)
    changed = {
        code: Term(each["name"], _day(each.get("from")), _day(each.get("until")), each.get("successor", ""))
        for code, each in document.data["changes"].items()
    }
    return MappingProxyType(now | changed)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@cache
def township_codes(province: str) -> frozenset[str]:
    """The codes of 9 digits of a province, given as 2 digits; none where there is no such province."""
    if f"{province}0000" not in upper_divisions():
        return frozenset()
    return frozenset(each.code for below in townships(province).values() for each in below)


def is_division(code: str) -> bool:
    """Whether a code of 6, 9 or 12 digits is, or once was, that of a division; villages are taken on trust.

    The lower digits of a longer code may be zeros, which means the division above.
    """
    if not (code.isascii() and code.isdigit()) or len(code) not in (6, 9, 12):
        return False
    township = code[:9]
    if code[:6] not in terms() or township.endswith("000"):
        return code[:6] in terms() and not code[6:].strip("0")
    # The townships of a county that is gone are in no table.
    return len(code) == 6 or code[:6] not in upper_divisions() or township in township_codes(code[:2])


def is_valid_on(code: str, day: date) -> bool:
    """Whether the county, city or province of a code was valid on a day; False for a code that never was."""
    term = terms().get(code[:6])
    return term is not None and term.covers(day)
