"""Every kind of identifier, by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from yiwang.adapters.identifiers.citizen import CITIZEN
from yiwang.adapters.identifiers.division import DIVISION
from yiwang.adapters.identifiers.identifier import Identifier
from yiwang.adapters.identifiers.licence import LICENCE
from yiwang.adapters.identifiers.matter import MATTER, MATTER_GUIZHOU, MATTER_LOCAL
from yiwang.adapters.identifiers.organisation import CREDIT, ORGANISATION
from yiwang.adapters.identifiers.plain import PHONE, PROJECT

IDENTIFIERS: Mapping[str, Identifier] = MappingProxyType(
    {
        each.name: each
        for each in (
            CITIZEN,
            CREDIT,
            ORGANISATION,
            LICENCE,
            MATTER,
            MATTER_GUIZHOU,
            MATTER_LOCAL,
            DIVISION,
            PROJECT,
            PHONE,
        )
    }
)


def kinds_of(text: str) -> Iterator[Identifier]:
    """The kinds of identifier that a text is, the strictest first."""
    return (each for each in IDENTIFIERS.values() if each.is_valid(text))
