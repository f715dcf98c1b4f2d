"""``yiwang records check``: a file of canonical records judged by the record's rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.cli.records import records
from yiwang.cli.records.show import RecordArgument
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.adapters.records.columnar import Judged
    from yiwang.adapters.records.declaration import Record


@records.command("check", help=_("Judge a file of records (CSV or JSON lines, UTF-8) by every rule."))
def check(
    context: typer.Context,
    name: RecordArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("A .csv or .jsonl file; columns are the fields."))],
    format: FormatOption = Format.table,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help=_("Exit with 2 when a record is wrong."))
    ] = False,
) -> None:
    """Judge a file of records by every rule."""
    application(context)
    from yiwang.adapters.records.catalogue import find_record
    from yiwang.adapters.records.columnar import column_validator
    from yiwang.adapters.records.file import read_records

    record = find_record(name)
    judged = column_validator(name).judge(read_records(file))
    columns = (
        Column("row", _("row")),
        Column("field", _("field"), fold=False),
        Column("rule", _("rule"), fold=False),
        Column("message", _("message")),
    )
    output.table("problems", columns, _rows(record, judged), format, empty=_("every record is right"))
    wrong = judged.problems["row"].n_unique()
    output.note(_("records: {count}, wrong: {wrong}").format(count=len(judged.frame), wrong=wrong))
    if detailed_exitcode and wrong:
        raise typer.Exit(2)


def _rows(record: Record, judged: Judged) -> Iterator[dict[str, Any]]:
    """Problems with rows counted from 1, without values: those may be nobody's business at a terminal."""
    from yiwang.adapters.records.problem import Problem, describe

    for row, field, rule in judged.problems.iter_rows():
        yield {"row": row + 1, "field": field, "rule": rule, "message": describe(record, Problem(field, rule))}
