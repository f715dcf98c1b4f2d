"""What is left of values for those who may not see them: for records, and for whole columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from yiwang.adapters.records.declaration import Mask, Record
from yiwang.adapters.records.form import as_text
from yiwang.adapters.records.sensitivity import Sensitivity

if TYPE_CHECKING:
    import polars

STARS = "***"
# Characters that stay at the beginning and at the end; texts not longer than both are hidden whole.
KEPT: Mapping[Mask, tuple[int, int]] = MappingProxyType(
    {"whole": (0, 0), "name": (1, 0), "phone": (3, 4), "address": (6, 0), "identifier": (6, 4)}
)


def hidden(record: Record, most: Sensitivity) -> tuple[str, ...]:
    """The fields of a record that are more sensitive than ``most``."""
    return tuple(name for name, field in record.fields.items() if field.sensitivity.exceeds(most))


def masked(record: Record, row: Mapping[str, Any], most: Sensitivity) -> dict[str, Any]:
    """A record in which values more sensitive than ``most`` are masked; what is masked is text."""
    maskers = {name: _masker(record.fields[name].mask) for name in hidden(record, most)}
    return {name: maskers[name](value) if name in maskers else value for name, value in row.items()}


def masked_columns(record: Record, frame: polars.DataFrame, most: Sensitivity) -> polars.DataFrame:
    """A frame in which values more sensitive than ``most`` are masked; masked columns are text."""
    import polars

    chosen = [name for name in hidden(record, most) if name in frame.columns]
    return frame.with_columns(_expression(polars.col(name), record.fields[name].mask) for name in chosen)


def _masker(mask: Mask) -> Callable[[Any], str | None]:
    head, tail = KEPT[mask]

    def masker(value: Any) -> str | None:
        text = as_text(value)
        if text is None:
            return None
        if head + tail == 0 or len(text) <= head + tail:
            return STARS
        return text[:head] + STARS + (text[-tail:] if tail else "")

    return masker


def _expression(column: polars.Expr, mask: Mask) -> polars.Expr:
    import polars

    head, tail = KEPT[mask]
    whole = polars.lit(STARS)
    shown = polars.when(column.is_not_null())
    if head + tail == 0:
        return shown.then(whole).alias(column.meta.output_name())
    text = column.cast(polars.String)
    kept = polars.concat_str(text.str.head(head), whole, *([text.str.tail(tail)] if tail else []))
    is_long = text.str.len_chars() > head + tail
    return shown.then(polars.when(is_long).then(kept).otherwise(whole)).alias(column.meta.output_name())
