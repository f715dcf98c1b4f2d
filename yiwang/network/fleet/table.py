"""Where a platform's configuration tells its facts: the part ``facts`` of the platform's file."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.core.validation import Declared
from yiwang.network.faults import NetworkError
from yiwang.network.platforms.model import Platform

BAD_FACTS = code(
    "E3701",
    N_('the platform "{platform}" has no usable facts: {problem}'),
    N_("correct `facts:` in the platform's file"),
)


def _expression(text: str) -> str:
    re.compile(text, re.IGNORECASE)
    return text


Expressions = Annotated[tuple[Annotated[str, BeforeValidator(_expression)], ...], Field(min_length=1)]
"""Regular expressions of a line without its indentation; the first that matches counts."""


class FactTable(Declared):
    """Expressions by what they tell; a fact of a section counts only inside it.

    ``sections`` may name interface, vrf, acl and routing; a name's group ``name`` is the section's.
    """

    default_mtu: int | None = Field(1500, description=N_("MTU of a port on which none is configured"))
    sections: dict[str, Expressions] = Field(default_factory=dict, description=N_("first lines of sections"))
    interface: dict[str, Expressions] = Field(default_factory=dict, description=N_("lines of interfaces"))
    vrf: dict[str, Expressions] = Field(default_factory=dict, description=N_("lines of routing instances"))
    acl: dict[str, Expressions] = Field(default_factory=dict, description=N_("lines of filters"))
    device: dict[str, Expressions] = Field(default_factory=dict, description=N_("lines anywhere"))


def facts_of(platform: Platform) -> FactTable:
    """The table of a platform; empty where it has none.

    Raises:
        NetworkError: it cannot be read (E3701).
    """
    try:
        return FactTable.model_validate(platform.facts)
    except (re.error, ValueError) as error:
        raise NetworkError(BAD_FACTS, platform=platform.title, problem=str(error)) from error
