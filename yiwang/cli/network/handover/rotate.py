"""``yiwang network handover rotate``: new secrets, and the lines that put them onto the devices."""

from __future__ import annotations

from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.network.handover import handover
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.core.i18n import _


@handover.command(
    "rotate", help=_("Show what renewing the accounts changes; with --yes the vault gets new secrets now.")
)
def rotate(
    context: typer.Context,
    selector: Annotated[
        str, typer.Argument(metavar="SELECTOR", help=_("Only these devices, such as county=410621."))
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help=_("Make the new secrets; what was handed over has expired then."))
    ] = False,
    estate: EstateOption = None,
    format: FormatOption = Format.table,
) -> None:
    """Renew the accounts."""
    renewed = application(context).handing(estate).renew(selector, apply=yes)
    columns = (
        Column("device", _("device"), fold=False),
        Column("platform", _("platform")),
        Column("lines", _("lines to enter")),
    )
    rows = [{"device": each.device, "platform": each.platform, "lines": list(each.lines)} for each in renewed.changes]
    if format is Format.table:
        rows = [row | {"lines": "\n".join(row["lines"])} for row in rows]
    output.table("lines", columns, rows, format)
    words = (
        _("{count} secrets are new; enter the lines, then: yiwang network handover run")
        if yes
        else _("{count} secrets would be made anew; to do it: --yes")
    )
    output.note(words.format(count=len(renewed.references)))
