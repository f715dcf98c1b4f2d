"""What a rule asks of a configuration on a platform."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.core.validation import Declared
from yiwang.network.rules.words import Words

BAD_EXPRESSION = code(
    "E3601",
    N_('"{given}" is not a regular expression: {problem}'),
    N_("write it as Python's `re` reads it; quote it where it holds `: ` or ` #`"),
)
NOTHING_REQUIRED = code(
    "E3602",
    N_("the requirement asks for nothing"),
    N_("add `must`, `must_not`, `count`, `order`, `last`, `names` or `fleet`"),
)
NO_GROUP = code(
    "E3603",
    N_('"{given}" has no group that captures the name'),
    N_("put the name in parentheses: `^acl (\\d+)`"),
)
NOTHING_MISSING = code(
    "E3604",
    N_("`cannot_tell` does not say what is missing"),
    N_("add `missing: {{zh: …, en: …}}`: what one must look at to tell"),
)

Comparison = Literal[
    "duplicate-addresses",
    "duplicate-router-ids",
    "unplanned-addresses",
    "leaking-targets",
    "unequal-settings",
    "unequal-mtu",
    "wrong-neighbours",
    "undeclared-ports",
    "reused-secrets",
    "open-snmp",
    "unsaved",
    "unsupported",
    "wrong-clocks",
    "single-ways",
]
"""What is judged by looking at all devices, and at the estate; :mod:`yiwang.network.fleet` does it."""

Verdict = Literal["pass", "fail", "cannot_tell"]


def _expression(text: str) -> str:
    try:
        re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise PydanticCustomError(BAD_EXPRESSION.id, "{given}", {"given": text, "problem": str(error)}) from None
    return text


Expression = Annotated[str, Field(min_length=1), AfterValidator(_expression)]
"""A regular expression, searched in a line without its indentation, whatever the case of letters."""


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


Expressions = Annotated[tuple[Expression, ...], BeforeValidator(_one_or_more)]
"""One expression or a list of them."""


class Absence(Declared):
    """What it means that a line which must be there is not."""

    means: Verdict = Field(description=N_("pass, fail or cannot_tell"))
    since: str | None = Field(None, alias="from", description=N_("holds from this version of the software on"))
    before: str | None = Field(None, description=N_("holds before this version of the software"))
    missing: Words | None = Field(None, description=N_("what one must look at to tell; with cannot_tell"))

    @model_validator(mode="after")
    def _says_what_is_missing(self) -> Absence:
        if self.means == "cannot_tell" and self.missing is None:
            raise PydanticCustomError(NOTHING_MISSING.id, "missing", {})
        return self


def _absences(value: Any) -> Any:
    values = _one_or_more(value)
    return [{"means": each} if isinstance(each, str) else each for each in values] if values else values


class Count(Declared):
    """How many lines must match."""

    of: Expression = Field(description=N_("expression whose lines are counted"))
    at_least: int = Field(0, ge=0, description=N_("fewest lines"))
    at_most: int | None = Field(None, ge=0, description=N_("most lines"))


class Order(Declared):
    """Which line must stand before which."""

    first: Expression = Field(description=N_("expression of the line that must come first"))
    then: Expression = Field(description=N_("expression of the lines that may only come after it"))


def _with_group(text: str) -> str:
    if re.compile(text).groups < 1:
        raise PydanticCustomError(NO_GROUP.id, "{given}", {"given": text})
    return text


Capture = Annotated[Expression, AfterValidator(_with_group)]
Captures = Annotated[tuple[Capture, ...], BeforeValidator(_one_or_more), Field(min_length=1)]


class Names(Declared):
    """Names that are used in one place and defined in another; the first group of an expression is the name."""

    used: Captures = Field(description=N_("expressions of the lines that use a name"))
    defined: Captures = Field(description=N_("expressions of the lines that define a name"))
    wrong: Literal["undefined", "unused"] = Field(
        "undefined", description=N_("undefined: used but not defined; unused: defined but not used")
    )


ASKING = ("must", "must_not", "count", "order", "last", "names", "fleet")


class Requirement(Declared):
    """What must hold in the whole configuration, or in each section whose first line matches."""

    section: Expression | None = Field(None, description=N_("first line of the sections that are looked at"))
    when: Expressions = Field((), description=N_("only where all of these match in the section"))
    unless: Expressions = Field((), description=N_("not where one of these matches in the section"))
    when_anywhere: Expressions = Field((), description=N_("only where all of these match in the configuration"))
    unless_anywhere: Expressions = Field((), description=N_("not where one of these matches in the configuration"))
    must: Expressions = Field((), description=N_("each must match a line"))
    must_not: Expressions = Field((), description=N_("none may match a line"))
    count: Count | None = Field(None, description=N_("how many lines must match"))
    order: Order | None = Field(None, description=N_("which line must stand before which"))
    last: Expression | None = Field(None, description=N_("the last command of the section must match"))
    names: Names | None = Field(None, description=N_("names that must be defined, or used"))
    fleet: Comparison | None = Field(None, description=N_("what is compared across devices and with the estate"))
    absent: Annotated[tuple[Absence, ...], BeforeValidator(_absences)] = Field(
        (Absence(means="fail"),),
        description=N_("what the absence of a line means, the first that holds; default: fail"),
    )
    no_section: Annotated[tuple[Absence, ...], BeforeValidator(_absences)] = Field(
        (), description=N_("what it means that there is no such section; default: the requirement does not apply")
    )

    @model_validator(mode="after")
    def _asks_for_something(self) -> Requirement:
        if not any(getattr(self, key) for key in ASKING):
            raise PydanticCustomError(NOTHING_REQUIRED.id, "nothing", {})
        return self
