"""``yiwang network show``: a device's configuration as it was collected."""

from __future__ import annotations

import sys

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.network import network
from yiwang.cli.network.options import AtOption, DeviceArgument, Kind, KindOption, moment
from yiwang.cli.output import Format, FormatOption
from yiwang.core.i18n import _


@network.command("show", help=_("Show what was collected of a device, now or as it stood then."))
def show(
    context: typer.Context,
    device: DeviceArgument,
    kind: KindOption = Kind.running,
    at: AtOption = None,
    estate: EstateOption = None,
    format: FormatOption = Format.table,
) -> None:
    """Show a device's output."""
    version = application(context).network(estate).archive.version(device, kind.value, at=moment(at))
    if format is Format.table:
        sys.stdout.write(version.text)
        return
    item = {
        "device": device,
        "kind": kind.value,
        "time": output.moment(version.commit.time, format),
        "run": version.commit.run,
        "commit": version.commit.id,
        "text": version.text,
    }
    output.document("configuration", [item])
