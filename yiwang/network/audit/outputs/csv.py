"""CSV: one line for each finding, as spreadsheets read it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

from yiwang.network.audit.outcome import Outcome
from yiwang.network.audit.outputs.rows import COLUMNS, rows


def written(outcome: Outcome) -> bytes:
    """The findings."""
    return table(COLUMNS, rows(outcome))


def table(columns: Sequence[str], lines: Iterable[Mapping[str, Any]]) -> bytes:
    """A table, with the mark by which Excel knows UTF-8."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(columns)
    for line in lines:
        writer.writerow([_cell(line[column]) for column in columns])
    return stream.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    text = "; ".join(value) if isinstance(value, list) else str(value)
    # A spreadsheet runs a cell that begins with one of these as a formula.
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
