"""From a platform's table to the grammar of its configuration."""

from __future__ import annotations

import re

from pydantic import Field

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.core.validation import Declared
from yiwang.network.configuration.grammar import Grammar, pattern
from yiwang.network.faults import NetworkError
from yiwang.network.platforms.model import Platform

BAD_TABLE = code(
    "E3501",
    N_('the platform "{platform}" has no usable grammar: {problem}'),
    N_("correct `configuration:` in the platform's file"),
)


class Table(Declared):
    """The part ``configuration`` of a platform's file; every entry is a regular expression unless said otherwise."""

    comments: tuple[str, ...] = Field(("!", "#"), description=N_("beginnings of lines that only separate; plain text"))
    margin: int = Field(0, ge=0, le=8, description=N_("blanks that a line outside of all sections may begin with"))
    closers: tuple[str, ...] = Field((), description=N_("lines that only leave a section"))
    heads: tuple[str, ...] = Field((), description=N_("lines that open a section up to the next of them"))
    banners: tuple[str, ...] = Field(
        (), description=N_("first lines of free texts; the group `delimiter` is what closes them")
    )
    noise: tuple[str, ...] = Field((), description=N_("what a capture leaves behind"))
    end_after: tuple[str, ...] = Field(
        (), description=N_("headings of captures that have an end, where files have none")
    )
    name: tuple[str, ...] = Field((), description=N_("the device's name, in a group"))
    version: tuple[str, ...] = Field((), description=N_("the software's version, in a group"))


def grammar_of(platform: Platform) -> Grammar:
    """The grammar of a platform's configuration.

    Raises:
        NetworkError: its table cannot be read (E3501).
    """
    try:
        return _grammar(platform, Table.model_validate(platform.configuration))
    except (re.error, ValueError) as error:
        raise NetworkError(BAD_TABLE, platform=platform.title, problem=str(error)) from error


def _grammar(platform: Platform, table: Table) -> Grammar:
    prompts = [
        each
        for each in (platform.prompts.reading, platform.prompts.limited)
        # A prompt that does not name the device fits too much to be told from a line of the configuration.
        if each and "name" in each.groupindex
    ]
    end = platform.completeness.end
    return Grammar(
        comments=table.comments,
        margin=table.margin,
        closers=pattern(*table.closers),
        heads=pattern(*table.heads),
        end=pattern(end.pattern) if end else None,
        end_after=pattern(*table.end_after),
        banner=pattern(*table.banners),
        noise=pattern(*table.noise, *(f"^(?:{_unnamed(each.pattern)})" for each in prompts)),
        name=pattern(*table.name),
        version=pattern(*table.version),
        secrets=tuple(each.line for each in platform.secrets),
    )


def _unnamed(expression: str) -> str:
    return re.sub(r"\(\?P<\w+>", "(?:", expression)
