"""组织机构代码 (GB 11714) and 统一社会信用代码 (GB 32100), which holds one.

A credit code has 1 character of registrar, 1 of category, 6 digits of division, 9 of organisation code and a
check character.  Its own check character finds every single slip; the one inside it is not asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from yiwang.adapters.identifiers.identifier import Identifier
from yiwang.core.i18n import N_

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of a credit code: no I, O, S, V, Z."""
LETTER = "[0-9A-HJ-NPQRTUWXY]"
CREDIT_PATTERN = f"{LETTER}{{2}}[0-9]{{6}}{LETTER}{{10}}"
CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
ORGANISATION_PATTERN = "[0-9A-Z]{8}[0-9X]"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
# By 11 minus the remainder: 10 is written X and 11 is written 0.
ORGANISATION_CHECKS = "0123456789X0"


@dataclass(frozen=True, slots=True)
class Entity:
    """What a credit code tells; ``organisation`` with its own check character, 9 in all."""

    registrar: str
    category: str
    division: str
    organisation: str

    @property
    def text(self) -> str:
        """The credit code with its check character."""
        body = f"{self.registrar}{self.category}{self.division}{self.organisation}"
        return body + credit_check(body)


def credit_check(body: str) -> str:
    """The last character for the first 17 of a credit code: weights 3^i modulo 31."""
    total = sum(weight * ALPHABET.index(each) for weight, each in zip(CREDIT_WEIGHTS, body, strict=True))
    return ALPHABET[-total % 31]


def organisation_check(body: str) -> str:
    """The last character for the first 8 of an organisation code; letters count from A = 10."""
    total = sum(weight * int(each, 36) for weight, each in zip(ORGANISATION_WEIGHTS, body, strict=True))
    return ORGANISATION_CHECKS[11 - total % 11]


def read_entity(text: str) -> Entity:
    """The parts of a valid credit code."""
    return Entity(text[0], text[1], text[2:8], text[8:17])


CREDIT = Identifier(
    "credit-code",
    N_("unified social credit code"),
    "GB 32100",
    CREDIT_PATTERN,
    "91350100M000100Y43",
    lambda text: credit_check(text[:17]) == text[17],
)
ORGANISATION = Identifier(
    "organisation-code",
    N_("organisation code"),
    "GB 11714",
    ORGANISATION_PATTERN,
    "MB2855918",
    lambda text: organisation_check(text[:8]) == text[8],
)
