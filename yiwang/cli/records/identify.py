"""``yiwang records identify``: what kinds of identifier a text is."""

from __future__ import annotations

from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.cli.records import records
from yiwang.core.i18n import _


@records.command("identify", help=_("Tell which kinds of identifier a text is; check digits are computed."))
def identify(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help=_("A number or code."))],
    format: FormatOption = Format.table,
) -> None:
    """Tell which kinds of identifier a text is."""
    application(context)
    from yiwang.adapters.identifiers.registry import kinds_of

    columns = (
        Column("name", _("identifier"), fold=False),
        Column("title", _("title")),
        Column("standard", _("standard")),
    )
    rows = [{"name": each.name, "title": _(each.title), "standard": each.standard} for each in kinds_of(text)]
    output.table("identifiers", columns, rows, format, empty=_("it is no identifier that Yiwang knows"))
