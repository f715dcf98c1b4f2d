"""``yiwang network diff``: a device at two times, against what it saved, or against another device."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.network import network
from yiwang.cli.network.options import FORMATS, DeviceArgument, Kind, KindOption, moment
from yiwang.core.i18n import _

STYLES = {"+": "green", "-": "red", "@": "cyan"}
DIFFERENT = 2


@network.command(
    "diff", help=_("Compare a device with itself at two times, with what it saved, or with another device.")
)
def diff(
    context: typer.Context,
    device: DeviceArgument,
    other: Annotated[str, typer.Argument(metavar="[OTHER]", help=_("Another device; default: the same."))] = "",
    since: Annotated[
        datetime | None,
        typer.Option(
            "--from", formats=FORMATS, help=_("As it stood at this local time; default: before the last change.")
        ),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=FORMATS, help=_("As it stood at this local time; default: now."))
    ] = None,
    saved: Annotated[bool, typer.Option("--saved", help=_("What is saved against what is in force."))] = False,
    kind: KindOption = Kind.running,
    estate: EstateOption = None,
    detailed: Annotated[
        bool, typer.Option("--detailed-exitcode", help=_("Exit code 2 when there are differences."))
    ] = False,
) -> None:
    """Compare two versions."""
    from yiwang.network.archive.archive import difference

    archive = application(context).network(estate).archive
    after = archive.version(other or device, "running" if saved else kind.value, at=moment(until))
    if saved:
        before = archive.version(device, "saved", at=moment(until))
    elif other or since:
        before = archive.version(device, kind.value, at=moment(since))
    else:
        before = archive.before(after)
    lines = list(difference(before, after))
    _show(lines)
    if lines and detailed:
        raise typer.Exit(DIFFERENT)


def _show(lines: list[str]) -> None:
    from rich.text import Text

    if not lines:
        output.note(_("no differences"))
    for line in lines:
        output.console().print(Text(line, style=STYLES.get(line[:1], "")), soft_wrap=True)
