"""Made-up records in a file, and the truth about the wrong ones in another."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from yiwang.adapters.generator.generate import Order, generate
from yiwang.adapters.records.declaration import Record
from yiwang.adapters.records.faults import UNWRITABLE
from yiwang.core.errors import AdapterError


def write_records(record: Record, order: Order, file: Path, truth: Path | None) -> int:
    """Write CSV with a line of field names; the truth as JSON lines: row (from 1), field and rule.

    Returns how many faults were planted.

    Raises:
        AdapterError: a file cannot be written (E4009); what was there stays.
    """
    planted = []
    with _whole(file) as stream:
        writer = csv.DictWriter(stream, list(record.fields), lineterminator="\n")
        writer.writeheader()
        for number, made in enumerate(generate(record, order), 1):
            writer.writerow(made.row)
            if made.planted:
                planted.append({"row": number, **made.planted._asdict()})
    if truth:
        with _whole(truth) as stream:
            stream.writelines(json.dumps(each, ensure_ascii=False) + "\n" for each in planted)
    return len(planted)


@contextmanager
def _whole(file: Path) -> Iterator[TextIO]:
    """A file that is there once it is whole."""
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as stream:
            yield stream
        part.replace(file)
    except OSError as error:
        raise AdapterError(UNWRITABLE, file=file, reason=error.strerror or str(error)) from error
    finally:
        part.unlink(missing_ok=True)
