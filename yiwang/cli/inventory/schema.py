"""``yiwang inventory schema``: the JSON Schema of an estate's file, for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.inventory import inventory
from yiwang.core.i18n import _


@inventory.command("schema", help=_("Write the JSON Schema of an estate's files, for editors."))
def schema(
    context: typer.Context,
    target: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help=_("Write to this file instead of the terminal."))
    ] = None,
) -> None:
    """Print the schema, or write it to a file that editors can be pointed at."""
    from yiwang.core.writing import write_files
    from yiwang.inventory.schema import json_schema

    application(context)
    text = json.dumps(json_schema(), ensure_ascii=False, indent=2)
    if target is None:
        output.line(text)
        return
    write_files({target: f"{text}\n".encode()})
    output.note(_("written: {file}").format(file=target))
    output.note(_("first line of each file: {line}").format(line=f"# yaml-language-server: $schema={target}"))
