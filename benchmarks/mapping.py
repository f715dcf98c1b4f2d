"""Mapping and validation of cases, by column and by row: rows a second and a core.

One thread, CPU time. 300,000 rows of a department's cases with a date form of its own and codes of its own become
canonical cases.  The bar: 300,000 rows a second by column.  Beside it: validation with two check digits, and the same
work row by row, as most adapters do it.  Reproduce with ``scripts/bench mapping``.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

# Before Polars is imported: figures are for one core.
os.environ["POLARS_MAX_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).parents[1]))

import polars

from benchmarks.measure import show
from yiwang.adapters.mapping.columnar import ColumnMapper
from yiwang.adapters.mapping.read import read_mapping
from yiwang.adapters.mapping.row import RowMapper
from yiwang.adapters.records.border import problems
from yiwang.adapters.records.catalogue import find_record
from yiwang.adapters.records.columnar import column_validator
from yiwang.adapters.records.row import row_validator

ROWS = 300_000
SAMPLE = 20_000
MAPPING = """\
record: case
version: 1
tables:
  channels: {"1": hall, "2": portal, "3": mobile}
  states: {"10": accepted, "20": decided}
  kinds: {"1": person, "2": entity}
fields:
  number: {from: BJBH, steps: [trim]}
  matter_code: {from: SXBM}
  matter_code_standard: {constant: gbt39554}
  matter_name: {from: SXMC, steps: [trim]}
  agency: {from: SLDW}
  division: {from: XZQH}
  applicant_kind: {from: SQRLX, steps: [{table: kinds}]}
  applicant_name: {from: SQRMC, steps: [trim]}
  document_kind: {choose: [{when: {SQRLX: "1"}, constant: resident}, {constant: credit-code}]}
  document_number: {first: [SFZH, TYSHXYDM], steps: [upper]}
  phone: {from: LXDH}
  channel: {from: SQFS, steps: [{table: channels}]}
  received_at: {from: SJSJ, steps: [{moment: "YYYY/MM/DD hh:mm:ss"}]}
  accepted_at: {from: SLSJ, steps: [{moment: "YYYY/MM/DD hh:mm:ss"}]}
  finished_at: {from: BJSJ, steps: [{moment: "YYYY/MM/DD hh:mm:ss"}]}
  state: {from: BJZT, steps: [{table: states}]}
  result: {choose: [{when: {BJZT: "20"}, constant: granted}]}
  updated_at: {from: GXSJ, steps: [{moment: "YYYY/MM/DD hh:mm:ss"}]}
"""


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cases.yaml"
        file.write_text(MAPPING, "utf-8")
        mapped = read_mapping(file)
    frame = _source()
    sample = frame.head(SAMPLE).to_dicts()
    record = find_record("case")
    by_column, by_row = ColumnMapper(mapped), RowMapper(mapped)
    canonical = by_column.map(frame).frame
    canonical_rows = canonical.head(SAMPLE).to_dicts()
    columns, rows = column_validator("case"), row_validator("case")
    if len(columns.judge(canonical).problems):
        raise SystemExit("the benchmark's own rows are not right")
    measured = [
        ("map by column", ROWS, _seconds(lambda: by_column.map(frame)), "≥ 300,000"),
        ("validate by column, two check digits", ROWS, _seconds(lambda: columns.judge(canonical)), ""),
        ("map by row", SAMPLE, _seconds(lambda: [by_row.map(row) for row in sample]), ""),
        ("validate by row", SAMPLE, _seconds(lambda: [rows.check(row) for row in canonical_rows]), ""),
        ("validate by pydantic model", SAMPLE, _seconds(lambda: [problems(record, row) for row in canonical_rows]), ""),
    ]
    told = [(name, f"{count / seconds:,.0f}", seconds / count * 1e6, goal) for name, count, seconds, goal in measured]
    show(
        f"Cases, {frame.width} columns in, {canonical.width} out, one thread",
        ("", "rows/CPU s", "µs a row", "goal"),
        told,
    )


def _seconds(work: Callable[[], object]) -> float:
    """CPU seconds, the least of three."""
    found = []
    for _run in range(3):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


def _source() -> polars.DataFrame:
    rows = [
        {
            "BJBH": f" 410621{number:012} ",
            "SXBM": "11370800MB285591843370117002011",
            "SXMC": "食品经营许可",
            "SLDW": "11370800MB28559184",
            "XZQH": "410621",
            "SQRLX": "1" if number % 2 else "2",
            "SQRMC": "张三" if number % 2 else "鹤壁某某有限公司",
            "SFZH": "11010519491231002x" if number % 2 else "",
            "TYSHXYDM": "" if number % 2 else "91350100M000100Y43",
            "LXDH": f"138{number % 10**8:08}",
            "SQFS": "123"[number % 3],
            "SJSJ": f"2017/04/{number % 28 + 1:02} 09:{number % 60:02}:00",
            "SLSJ": f"2017/05/{number % 28 + 1:02} 09:{number % 60:02}:00",
            "BJSJ": f"2017/06/{number % 28 + 1:02} 09:{number % 60:02}:00" if number % 4 else None,
            "BJZT": "20" if number % 4 else "10",
            "GXSJ": f"2017/07/{number % 28 + 1:02} 09:{number % 60:02}:00",
        }
        for number in range(ROWS)
    ]
    return polars.DataFrame(rows)


if __name__ == "__main__":
    main()
