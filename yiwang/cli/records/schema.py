"""``yiwang records schema``: the JSON Schema of a record."""

from __future__ import annotations

import json

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.records import records
from yiwang.cli.records.show import RecordArgument
from yiwang.core.i18n import _


@records.command("schema", help=_("Write the JSON Schema of a record, with the sensitivity of each field."))
def schema(context: typer.Context, name: RecordArgument) -> None:
    """Print the JSON Schema of a record."""
    application(context)
    from yiwang.adapters.records.schema import json_schema

    output.line(json.dumps(json_schema(name), ensure_ascii=False, indent=2))
