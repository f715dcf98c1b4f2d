"""Reading a list: CSV in any encoding that offices use, or xlsx, as rows of texts."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from yiwang.core.document import read
from yiwang.core.errors import Finding, ListError, Position, code
from yiwang.core.i18n import N_
from yiwang.inventory.lists.columns import Column, Listing

NOT_A_LIST = code(
    "E1210",
    N_("this is no list that can be read: {reason}"),
    N_("save it as xlsx or CSV; remove a password"),
)
NO_HEADINGS = code(
    "E1211",
    N_("no row with headings was found among the first {count} rows"),
    N_("known headings: {known}; name others with --mapping HEADING=KEY; an empty form: --template"),
)
HEADING_TWICE = code(
    "E1212",
    N_('the headings "{first}" and "{second}" both mean {key}'),
    N_("remove or rename one of the two columns"),
)

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
LOOKED_AT = 10
DELIMITERS = ",\t;，"


@dataclass(frozen=True, slots=True)
class Cell:
    """A text that is not empty, and where it stands; row and column count from 1."""

    text: str
    position: Position


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows below the headings, each as column to cell, and the headings that mean nothing here."""

    rows: tuple[tuple[Position, Mapping[Column, Cell]], ...]
    ignored: tuple[str, ...]


def read_sheet(
    file: Path, listing: Listing, *, mapping: Mapping[str, Column] | None = None, max_file_mib: float = 16
) -> Sheet:
    """Read a list.

    Raises:
        ListError: it cannot be read (E0106, E0111, E1210) or has no headings (E1211, E1212).
    """
    content, findings = read(file, max_file_mib=max_file_mib)
    if findings:
        raise ListError(findings)
    is_workbook = file.suffix.lower() in WORKBOOKS
    table = _workbook(content, file, listing) if is_workbook else _csv(content, file)
    return _sheet(table, file, listing, mapping or {})


def _refuse(file: Path, reason: str) -> ListError:
    return ListError((Finding(NOT_A_LIST, "error", Position(file), values={"reason": reason}),))


def _csv(content: bytes, file: Path) -> list[list[str]]:
    text = _decoded(content, file)
    first = text.lstrip("\n").split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        return [list(map(_text, row)) for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    except csv.Error as error:
        raise _refuse(file, str(error)) from error


def _decoded(content: bytes, file: Path) -> str:
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise _refuse(file, N_("its characters are neither UTF-8, UTF-16 nor GB18030"))


def _workbook(content: bytes, file: Path, listing: Listing) -> list[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = book.sheet_names
        own = next((name for name in names if name in (listing.zh, listing.en, listing.kind)), None)
        rows = book.get_sheet_by_name(own or names[0]).to_python(skip_empty_area=False)
    except (CalamineError, OSError, IndexError) as error:
        raise _refuse(file, str(error) or type(error).__name__) from error
    return [list(map(_text, row)) for row in rows]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    text = str(value).strip()
    # Spreadsheets and our own CSV put a quote before what would else be a formula or lose its zeros.
    return text[1:].strip() if text.startswith("'") else text


def _sheet(table: Sequence[Sequence[str]], file: Path, listing: Listing, mapping: Mapping[str, Column]) -> Sheet:
    top = _heading_row(table, listing, mapping)
    if top is None:
        known = ", ".join(column.zh for column in listing.columns)
        values = {"count": LOOKED_AT, "known": known}
        raise ListError((Finding(NO_HEADINGS, "error", Position(file, 1, 1), values=values),))
    found = {index: _meaning(heading, listing, mapping) for index, heading in enumerate(table[top]) if heading}
    columns = {index: column for index, column in found.items() if column}
    _refuse_doubles(columns, table[top], Position(file, top + 1))
    rows = [(number, row) for number, row in enumerate(table[top + 1 :], top + 2) if any(row)]
    ignored = tuple(table[top][index] for index, column in found.items() if column is None)
    return Sheet(
        tuple((Position(file, number, 1), _cells(row, columns, file, number)) for number, row in rows), ignored
    )


def _cells(row: Sequence[str], columns: Mapping[int, Column], file: Path, number: int) -> dict[Column, Cell]:
    return {
        column: Cell(row[index], Position(file, number, index + 1))
        for index, column in columns.items()
        if index < len(row) and row[index]
    }


def _meaning(heading: str, listing: Listing, mapping: Mapping[str, Column]) -> Column | None:
    return mapping.get(heading) or listing.find(heading)


def _heading_row(table: Sequence[Sequence[str]], listing: Listing, mapping: Mapping[str, Column]) -> int | None:
    """The row among the first ones that has most headings, at least two: lists often begin with a title."""
    counts = [sum(1 for cell in row if cell and _meaning(cell, listing, mapping)) for row in table[:LOOKED_AT]]
    best = max(counts, default=0)
    return counts.index(best) if best > 1 else None


def _refuse_doubles(columns: Mapping[int, Column], headings: Sequence[str], at: Position) -> None:
    seen: dict[str, int] = {}
    findings = []
    for index, column in columns.items():
        if column.key in seen:
            values = {"first": headings[seen[column.key]], "second": headings[index], "key": column.key}
            findings.append(Finding(HEADING_TWICE, "error", Position(at.file, at.line, index + 1), values=values))
        seen.setdefault(column.key, index)
    if findings:
        raise ListError(tuple(findings))
