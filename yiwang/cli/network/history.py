"""``yiwang network history``: when a device's configuration changed."""

from __future__ import annotations

from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.network import network
from yiwang.cli.network.options import DeviceArgument, Kind, KindOption
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.core.i18n import _


@network.command("history", help=_("List when a device's configuration changed, the newest first."))
def history(
    context: typer.Context,
    device: DeviceArgument,
    kind: KindOption = Kind.running,
    estate: EstateOption = None,
    limit: Annotated[int, typer.Option(min=1, help=_("At most so many."))] = 50,
    format: FormatOption = Format.table,
) -> None:
    """List the changes of a device."""
    commits = application(context).network(estate).archive.history(device, kind.value, limit=limit)
    columns = (
        Column("time", _("time"), fold=False),
        Column("added", _("lines added")),
        Column("removed", _("lines removed")),
        Column("run", _("run"), fold=False),
        Column("commit", _("commit"), fold=False),
    )
    rows = [
        {
            "time": output.moment(each.time, format),
            "added": each.added,
            "removed": each.removed,
            "run": each.run,
            "commit": each.id[:12] if format is Format.table else each.id,
        }
        for each in commits
    ]
    output.table("changes", columns, rows, format)
