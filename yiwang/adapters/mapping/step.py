"""A step of a mapping: text to text, for a row and for a column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yiwang.core.i18n import Message

if TYPE_CHECKING:
    import polars

OfRow = Callable[[str], str | None]
OfColumn = Callable[["polars.Expr"], "polars.Expr"]


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to a value that is there; None or null is no value.

    A step that ``can_fail`` and yields none from one has met a value that it does not know: a problem of the row.
    """

    name: str
    of_row: OfRow
    of_column: OfColumn
    can_fail: bool = False


class ArgumentError(ValueError):
    """The argument of a step cannot be: ``args[0]`` tells what was wanted, to be translated."""

    def __init__(self, wanted: Message) -> None:
        super().__init__(wanted)
        self.wanted = wanted


def by_distinct(convert: OfRow) -> OfColumn:
    """The column's form of a conversion that only Python can do: it is done once for each distinct text."""
    import polars

    def converted(texts: polars.Series) -> polars.Series:
        distinct = texts.drop_nulls().unique()
        results = polars.Series([convert(text) for text in distinct], dtype=polars.String)
        return texts.replace_strict(distinct, results, default=None, return_dtype=polars.String)

    return lambda column: column.map_batches(converted, return_dtype=polars.String)
