"""Showing things: data on standard output, everything else on standard error.

Tables fit the terminal and lose their colours when standard output is no terminal or
``NO_COLOR`` is set; ``json``, ``jsonl`` and ``csv`` are for machines.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiwang.core.i18n import _

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from yiwang.core.errors import Finding, YiwangError

JSON_VERSION = 1
SEVERITY_STYLES = {"error": "bold red", "warning": "yellow", "advice": "cyan"}


class Format(StrEnum):
    """How data is written."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"


FormatOption = Annotated[Format, typer.Option("-o", "--output", help=_("How to write the result."))]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the key in the rows, its heading for people, and whether it may be folded."""

    key: str
    heading: str
    fold: bool = True


@cache
def console(*, stderr: bool = False) -> Console:
    """The rich console for a stream."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=False)


def line(text: str) -> None:
    """One line of data, as it is, and at once: whoever reads a pipe may be waiting for it."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """One line for the person at the terminal."""
    sys.stderr.write(f"{text}\n")


def table(
    kind: str,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    format: Format = Format.table,
    *,
    empty: str = "",
) -> None:
    """Write rows in the format asked for; ``kind`` names them in JSON."""
    items = list(rows)
    if format is Format.json:
        document(kind, items)
    elif format is Format.jsonl:
        for item in items:
            line(_json(item))
    elif format is Format.csv:
        _write_csv(columns, items)
    elif items:
        _write_table(columns, items)
    else:
        note(empty or _("nothing to show"))


def document(kind: str, items: Any) -> None:
    """Write one versioned JSON document."""
    line(json.dumps({"version": JSON_VERSION, "kind": kind, "items": items}, ensure_ascii=False, indent=2, default=str))


def _json(item: Any) -> str:
    return json.dumps(item, ensure_ascii=False, default=str)


def _write_csv(columns: Sequence[Column], items: Sequence[Mapping[str, Any]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([column.key for column in columns])
    writer.writerows([_csv_cell(item.get(column.key)) for column in columns] for item in items)


def _csv_cell(value: Any) -> str:
    # A spreadsheet runs a cell that begins with one of these as a formula.
    text = cell(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def cell(value: Any) -> str:
    """A value as the text of a cell."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return _json(value)
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(cell, value))
    return str(value)


def moment(value: datetime | None, format: Format = Format.table) -> str:
    """A moment: in local time for people, ISO 8601 in UTC for machines; empty for None."""
    if value is None:
        return ""
    return f"{value.astimezone():%Y-%m-%d %H:%M:%S}" if format is Format.table else value.isoformat()


def _write_table(columns: Sequence[Column], items: Sequence[Mapping[str, Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column.heading, overflow="fold" if column.fold else "ellipsis", no_wrap=not column.fold)
    for item in items:
        shown.add_row(*(_styled(Text, column.key, cell(item.get(column.key))) for column in columns))
    console().print(shown)


def _styled(text: Any, key: str, value: str) -> Any:
    return text(value, style=SEVERITY_STYLES.get(value, "") if key == "severity" else "")


def error(problem: YiwangError) -> None:
    """An error for a person: what, where, what next."""
    from rich.text import Text

    findings: Sequence[Finding] = getattr(problem, "findings", ())
    for finding in findings:
        show_finding(finding)
    out = console(stderr=True)
    out.print(Text.assemble((_("error") + " ", "bold red"), str(problem)), soft_wrap=True)
    if problem.advice:
        out.print(Text.assemble(("  → ", "cyan"), problem.advice), soft_wrap=True)
    out.print(Text(_("  more: yiwang explain {code}").format(code=problem.error.id), style="dim"), soft_wrap=True)


FINDING_COLUMNS = (
    Column("severity", _("severity")),
    Column("code", _("code")),
    Column("position", _("position")),
    Column("subject", _("object")),
    Column("message", _("message")),
    Column("advice", _("advice")),
)


def finding_row(finding: Finding) -> dict[str, Any]:
    """A finding as a row for machines."""
    return {
        "severity": finding.severity,
        "code": finding.error.id,
        "position": str(finding.position),
        "file": str(finding.position.file),
        "line": finding.position.line,
        "column": finding.position.column,
        "subject": finding.subject,
        "message": finding.message,
        "advice": finding.advice,
    }


def show_finding(finding: Finding) -> None:
    """A finding with the line of the file that it is about."""
    from rich.text import Text

    from yiwang.cli.snippet import snippet

    out = console(stderr=True)
    subject = f"{finding.subject}: " if finding.subject else ""
    style = SEVERITY_STYLES.get(finding.severity, "")
    out.print(
        Text.assemble(
            (f"{finding.position}: ", "bold"), (f"{finding.error.id} ", style), f"{subject}{finding.message}"
        ),
        soft_wrap=True,
    )
    for shown in () if finding.error.private else snippet(finding.position):
        out.print(Text(shown, style="dim"), soft_wrap=True)
    if finding.advice:
        out.print(Text.assemble(("    → ", "cyan"), finding.advice), soft_wrap=True)
