"""``yiwang records codes``: the tables of codes."""

from __future__ import annotations

from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.cli.records import records
from yiwang.core.i18n import _


@records.command("codes", help=_("Show the tables of codes, or the codes of one table."))
def codes(
    context: typer.Context,
    table: Annotated[str, typer.Argument(metavar="[TABLE]", help=_("Name of the table; default: all tables."))] = "",
    format: FormatOption = Format.table,
) -> None:
    """Show the tables of codes, or the codes of one table."""
    application(context)
    from yiwang.adapters.records.catalogue import catalogue, find_table

    shown = {table: find_table(table)} if table else catalogue().tables
    columns = (
        Column("table", _("table"), fold=False),
        Column("code", _("code"), fold=False),
        Column("meaning", _("meaning")),
    )
    rows = [
        {"table": name, "code": code, "meaning": each.name(code)} for name, each in shown.items() for code in each.codes
    ]
    output.table("codes", columns, rows, format)
