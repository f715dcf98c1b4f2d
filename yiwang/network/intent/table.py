"""How a platform writes intent: the part ``intent`` of its file."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.core.validation import Declared, Flag
from yiwang.network.faults import NetworkError
from yiwang.network.intent.model import Algorithm
from yiwang.network.platforms.model import Platform

NOT_RENDERED = code(
    "E3401",
    N_('no configuration can be rendered for the platform "{platform}"'),
    N_("add `intent:` to the platform's file and a template {platform}.j2 beside it"),
)
BAD_TABLE = code(
    "E3402",
    N_('the platform "{platform}" has no usable part `intent`: {problem}'),
    N_("correct `intent:` in the platform's file"),
)


def _expression(text: Any) -> Any:
    return re.compile(text) if isinstance(text, str) else text


Expression = Annotated[re.Pattern[str], BeforeValidator(_expression)]
"""Matched from the beginning of a line without its indentation."""


class Rewriting(Declared):
    """A line that is typed otherwise than it is shown."""

    shown: Expression = Field(description=N_("the line as the device shows it"))
    typed: str = Field(description=N_("what is typed, with \\1 for the first group"))


class IntentTable(Declared):
    """The part ``intent`` of a platform's file."""

    loopback: str = Field(description=N_("name of the interface that holds the management address"))
    is_loopback: Expression = Field(
        re.compile(r"(?i)lo(opback)? ?\d*$"), description=N_("names of interfaces that are inside the device")
    )
    ospf_authentication: tuple[Algorithm, ...] = Field(
        ("md5",), min_length=1, description=N_("what it can protect OSPF with, the best first")
    )
    words: dict[str, str] = Field(default_factory=dict, description=N_("the platform's words for algorithms"))
    filters: Flag = Field(True, description=N_("whether it filters packets by itself"))
    negation: str = Field(description=N_("word that takes a line back, such as undo"))
    typed: tuple[Rewriting, ...] = Field((), description=N_("lines that are typed otherwise than shown"))
    removal: tuple[Rewriting, ...] = Field(
        (), description=N_("lines that are taken back otherwise than by the word before them")
    )
    hidden: tuple[Expression, ...] = Field((), description=N_("lines that a running configuration does not show"))
    governed: tuple[Expression, ...] = Field(
        (), description=N_("outermost lines that stand only where they are intended")
    )
    left: tuple[Expression, ...] = Field((), description=N_("lines that may stand where they are not intended"))
    ordered: tuple[Expression, ...] = Field((), description=N_("sections in which the order of lines counts"))
    single: tuple[Expression, ...] = Field(
        (), description=N_("lines of which a section has one: a new one takes the place of the old")
    )


def table_of(platform: Platform, name: str) -> IntentTable:
    """A platform's table.

    Raises:
        NetworkError: it has none (E3401), or none that can be used (E3402).
    """
    if not platform.intent:
        raise NetworkError(NOT_RENDERED, platform=name)
    try:
        return IntentTable.model_validate(platform.intent)
    except (re.error, ValidationError) as error:
        raise NetworkError(BAD_TABLE, platform=name, problem=str(error)) from error
