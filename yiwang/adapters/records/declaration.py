"""The declaration of a record: fields, codes, and rules about several fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from yiwang.adapters.identifiers.registry import IDENTIFIERS
from yiwang.adapters.records.sensitivity import Sensitivity
from yiwang.adapters.records.title import Titled
from yiwang.core.i18n import N_
from yiwang.core.validation import Declared, Flag

Type = Literal["text", "integer", "decimal", "date", "moment", "boolean"]
Mask = Literal["whole", "name", "phone", "address", "identifier"]
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
RuleName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")]


def _known_identifier(name: str) -> str:
    if name not in IDENTIFIERS:
        raise ValueError(N_("the name of a kind of identifier"))
    return name


def _expression(pattern: str) -> str:
    # What Python and Rust read alike: \d and \w are wider in Python, and look-around is missing in Rust.
    if re.search(r"\\[dwsbDWSB0-9]|\(\?[=!<P]", pattern):
        raise ValueError(N_("an expression with plain classes such as [0-9]"))
    re.compile(pattern)
    return pattern


IdentifierName = Annotated[str, AfterValidator(_known_identifier)]
Expression = Annotated[str, AfterValidator(_expression)]


class RecordField(Titled):
    """A field: its type, what values it takes, and who may see them."""

    type: Type = Field("text", description=N_("kind of value"))
    required: Flag = Field(False, description=N_("whether every record must have it"))
    sensitivity: Sensitivity = Field(description=N_("how far its values may be seen"))
    mask: Mask = Field("whole", description=N_("what is left of a value for those who may not see it"))
    longest: int = Field(200, ge=1, description=N_("characters of a text at most"))
    least: int | None = Field(None, description=N_("smallest number; default: 0"))
    most: int | None = Field(None, description=N_("greatest number"))
    places: int = Field(2, ge=0, le=6, description=N_("digits after the point"))
    pattern: Expression | None = Field(None, description=N_("regular expression for the whole text"))
    codes: str | None = Field(None, description=N_("table of codes"))
    identifier: IdentifierName | None = Field(None, description=N_("kind of identifier"))
    refers: str | None = Field(None, description=N_("record whose key this is"))

    @property
    def lowest(self) -> int:
        """The smallest number that it takes."""
        return 0 if self.least is None else self.least

    @property
    def highest(self) -> int:
        """The greatest number that it takes: 18 digits for whole numbers, 12 before the point for others."""
        if self.most is not None:
            return self.most
        return 10**18 - 1 if self.type == "integer" else 10**12 - 1


class Needs(Declared):
    """A field that must be there when another has one of some values."""

    field: FieldName
    by: FieldName
    values: tuple[str, ...] = Field(min_length=1)


class Identified(Declared):
    """A field that is of the kind of identifier that another field's value names."""

    field: FieldName
    by: FieldName
    kinds: dict[str, IdentifierName] = Field(min_length=1)


class ValidOn(Declared):
    """A division that must have been one on a day."""

    field: FieldName
    on: FieldName


class Agrees(Declared):
    """A field that must say what a citizen's number says."""

    field: FieldName
    citizen: FieldName
    part: Literal["birth", "sex"]


class RecordRule(Titled):
    """A rule about several fields, judged once each field of the record is right by itself."""

    order: tuple[FieldName, FieldName] | None = Field(None, description=N_("not later, or not more, than"))
    needs: Needs | None = Field(None, description=N_("needed when"))
    identified: Identified | None = Field(None, description=N_("identified by"))
    valid_on: ValidOn | None = Field(None, description=N_("valid on the day"))
    agrees: Agrees | None = Field(None, description=N_("agrees with the citizen's number"))

    @property
    def field(self) -> str:
        """The field that is reported when the rule is broken."""
        if self.order:
            return self.order[1]
        told = self.needs or self.identified or self.valid_on or self.agrees
        return told.field if told else ""

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that the rule reads."""
        if self.order:
            return self.order
        told = self.needs or self.identified or self.valid_on or self.agrees
        named = ("field", "by", "on", "citizen")
        return tuple(getattr(told, name) for name in named if hasattr(told, name))


class Record(Titled):
    """A kind of record; ``name`` is that of its file."""

    name: str = ""
    version: int = Field(ge=1, description=N_("raised whenever a value that was right would now be wrong"))
    standard: str = Field("", description=N_("standard or document that it follows"))
    key: tuple[FieldName, ...] = Field(min_length=1, description=N_("fields that identify a record"))
    fields: dict[FieldName, RecordField] = Field(min_length=1, description=N_("fields by name"))
    rules: dict[RuleName, RecordRule] = Field(default_factory=dict, description=N_("rules about several fields"))

    def faults(self) -> Iterator[tuple[str, str]]:
        """What does not hold together: where, and which name is unknown or unfit."""
        for key in self.key:
            if key not in self.fields or not self.fields[key].required:
                yield "key", key
        for name, rule in self.rules.items():
            told = (rule.order, rule.needs, rule.identified, rule.valid_on, rule.agrees)
            if sum(each is not None for each in told) != 1:
                yield f"rules.{name}", name
            yield from ((f"rules.{name}", field) for field in rule.fields if field not in self.fields)
