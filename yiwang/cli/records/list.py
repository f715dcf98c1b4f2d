"""``yiwang records list``: every record."""

from __future__ import annotations

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.cli.records import records
from yiwang.core.i18n import _


@records.command("list", help=_("List the canonical records."))
def list_records(context: typer.Context, format: FormatOption = Format.table) -> None:
    """List the canonical records."""
    application(context)
    from yiwang.adapters.records.catalogue import catalogue

    columns = (
        Column("name", _("record"), fold=False),
        Column("title", _("title")),
        Column("version", _("version")),
        Column("fields", _("fields")),
        Column("key", _("key")),
        Column("standard", _("standard")),
    )
    rows = [
        {
            "name": record.name,
            "title": record.title,
            "version": record.version,
            "fields": len(record.fields),
            "key": list(record.key),
            "standard": record.standard,
        }
        for record in catalogue().records.values()
    ]
    output.table("records", columns, rows, format)
