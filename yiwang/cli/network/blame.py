"""``yiwang network blame``: when each line of a configuration came."""

from __future__ import annotations

from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.network import network
from yiwang.cli.network.options import AtOption, DeviceArgument, Kind, KindOption, moment
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.core.i18n import _


@network.command("blame", help=_("Tell when each line of a device's configuration came, and with which run."))
def blame(
    context: typer.Context,
    device: DeviceArgument,
    match: Annotated[str, typer.Option("--match", "-m", help=_("Only lines that hold this text."))] = "",
    kind: KindOption = Kind.running,
    at: AtOption = None,
    estate: EstateOption = None,
    format: FormatOption = Format.table,
) -> None:
    """Tell when lines came."""
    archive = application(context).network(estate).archive
    lines = archive.blame(archive.version(device, kind.value, at=moment(at)))
    columns = (
        Column("line", _("line")),
        Column("time", _("since"), fold=False),
        Column("run", _("run"), fold=False),
        Column("text", _("text")),
    )
    rows = [
        {
            "line": each.number,
            "time": output.moment(each.commit.time, format),
            "run": each.commit.run,
            "commit": each.commit.id,
            "text": each.text,
        }
        for each in lines
        if match in each.text
    ]
    output.table("lines", columns, rows, format)
