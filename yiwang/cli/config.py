"""``yiwang config``: the settings in force and where each came from."""

from __future__ import annotations

from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.cli.root import app
from yiwang.core.i18n import _

config = typer.Typer(help=_("Settings of this installation."), no_args_is_help=True)
app.add_typer(config, name="config")


@config.command("show", help=_("List every setting with its value."))
def show(
    context: typer.Context,
    origin: Annotated[bool, typer.Option(help=_("Also tell where each value came from."))] = False,
    format: FormatOption = Format.table,
) -> None:
    """List every setting with its value and, when asked, its origin."""
    from yiwang.core.database.address import masked_url
    from yiwang.core.settings import setting_names

    loaded = application(context).loaded
    columns = [Column("setting", _("setting")), Column("value", _("value"))]
    if origin:
        columns.append(Column("origin", _("origin")))
    rows = []
    for name, _field in setting_names():
        value: object = loaded.settings
        for part in name.split("."):
            value = getattr(value, part)
        value = masked_url(value) if isinstance(value, str) else value
        rows.append({"setting": name, "value": value, "origin": loaded.origins.get(name, _("default"))})
    output.table("settings", columns, rows, format)
