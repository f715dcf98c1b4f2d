"""Files of canonical records: CSV and JSON lines, every value as text."""

from __future__ import annotations

from pathlib import Path

import polars

from yiwang.adapters.records.faults import NESTED, UNKNOWN_SUFFIX, UNREADABLE
from yiwang.core.errors import AdapterError, UsageError


def read_records(file: Path) -> polars.DataFrame:
    """The rows of a file; an empty cell of CSV is no value.

    Raises:
        UsageError: the file's ending is unknown (E4005).
        AdapterError: the file cannot be read (E4006), or holds lists or objects (E4008).
    """
    if file.suffix not in (".csv", ".jsonl"):
        raise UsageError(UNKNOWN_SUFFIX, file=file)
    try:
        if file.suffix == ".csv":
            return polars.read_csv(file, infer_schema=False)
        return _lines(file)
    except (OSError, polars.exceptions.PolarsError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise AdapterError(UNREADABLE, file=file, reason=reason) from error


def _lines(file: Path) -> polars.DataFrame:
    """JSON lines; numbers and truth values become text, which every field takes."""
    found = polars.read_ndjson(file, infer_schema_length=None)
    if nested := [name for name, dtype in found.schema.items() if dtype.is_nested()]:
        raise AdapterError(NESTED, file=file, fields=", ".join(nested))
    return found.cast(polars.String)
