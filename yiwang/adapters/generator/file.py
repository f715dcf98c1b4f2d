"""Made-up records in a file, and the truth about the wrong ones in another."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from yiwang.adapters.generator.generate import Order, generate
from yiwang.adapters.records.declaration import Record


def write_records(record: Record, order: Order, file: Path, truth: Path | None) -> int:
    """Write CSV with a line of field names; the truth as JSON lines: row (from 1), field and rule.

    Returns how many faults were planted.
    """
    planted = []
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(record.fields), lineterminator="\n")
        writer.writeheader()
        for number, made in enumerate(generate(record, order), 1):
            writer.writerow(made.row)
            if made.planted:
                planted.append({"row": number, **made.planted._asdict()})
    if truth:
        truth.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in planted), "utf-8")
    return len(planted)
