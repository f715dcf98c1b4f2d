"""``yiwang records show``: the fields and rules of a record."""

from __future__ import annotations

from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.cli.records import records
from yiwang.core.i18n import _

RecordArgument = Annotated[str, typer.Argument(metavar="RECORD", help=_("Name of the record, such as case."))]


@records.command("show", help=_("Show the fields of a record and its rules about several of them."))
def show(context: typer.Context, name: RecordArgument, format: FormatOption = Format.table) -> None:
    """Show the fields and rules of a record."""
    application(context)
    from yiwang.adapters.records.catalogue import find_record
    from yiwang.adapters.records.words import constraints

    record = find_record(name)
    columns = (
        Column("name", _("field"), fold=False),
        Column("title", _("title")),
        Column("type", _("type")),
        Column("required", _("required")),
        Column("sensitivity", _("sensitivity")),
        Column("rules", _("rules")),
    )
    rows = [
        {
            "name": key,
            "title": field.title,
            "type": field.type,
            "required": field.required if format is not Format.table else _("yes") if field.required else "",
            "sensitivity": field.sensitivity.value,
            "rules": list(constraints(field)),
        }
        for key, field in record.fields.items()
    ]
    output.table("fields", columns, rows, format)
    if format is Format.table:
        for rule_name, rule in record.rules.items():
            output.line(f"{rule_name}: {rule.title} ({', '.join(rule.fields)})")
