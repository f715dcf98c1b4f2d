"""The declaration of a mapping, as its YAML file has it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from yiwang.adapters.records.declaration import FieldName
from yiwang.core.i18n import N_
from yiwang.core.validation import Declared


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Values = Annotated[tuple[str | None, ...], BeforeValidator(_listed)]
"""One text or several; null stands for no value, and for an empty one."""


class Source(Declared):
    """Where a value comes from, and the steps on its way."""

    from_: str | None = Field(None, alias="from", description=N_("column of the source"))
    constant: str | None = Field(None, description=N_("the same text in each record"))
    join: tuple[str, ...] | None = Field(None, min_length=1, description=N_("columns whose values are put together"))
    with_: str = Field("", alias="with", description=N_("what stands between joined values"))
    first: tuple[str, ...] | None = Field(None, min_length=1, description=N_("columns of which the first value counts"))
    steps: tuple[Any, ...] = Field((), description=N_("steps in their order: a name, or a name with its argument"))

    @property
    def columns(self) -> tuple[str, ...]:
        """The source's columns that it reads."""
        return self.join or self.first or ((self.from_,) if self.from_ else ())


class Choice(Source):
    """A source that counts where all its conditions hold."""

    when: dict[str, Values] = Field(default_factory=dict, description=N_("columns and the values that they must have"))


class FieldMapping(Source):
    """How a field is filled: from one source, or from the first choice whose conditions hold."""

    choose: tuple[Choice, ...] | None = Field(
        None, min_length=1, description=N_("choices; the first that holds counts")
    )


class Declaration(Declared):
    """A mapping: the record that comes out, tables, and a source for each field."""

    record: str = Field(description=N_("record that rows become"))
    version: int = Field(description=N_("version of the record that it was written for"))
    tables: dict[str, dict[str, str]] = Field(default_factory=dict, description=N_("codes of the department and ours"))
    fields: dict[FieldName, FieldMapping] = Field(min_length=1, description=N_("sources by field"))
