"""``yiwang network trust``: ``yiwang trust`` for devices alone."""

from __future__ import annotations

from typing import Annotated

import typer

from yiwang.cli.context import EstateOption
from yiwang.cli.network import network
from yiwang.cli.output import Format, FormatOption
from yiwang.core.i18n import _


@network.command("trust", help=_("Pin the host keys of devices that have none, once you have compared them."))
def trust(
    context: typer.Context,
    selector: Annotated[
        str, typer.Argument(metavar="SELECTOR", help=_("Only these devices, such as county=410621."))
    ] = "",
    estate: EstateOption = None,
    again: Annotated[bool, typer.Option("--again", help=_("Also compare the keys that are pinned."))] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=_("Write without asking."))] = False,
    format: FormatOption = Format.table,
) -> None:
    """Pin the host keys of devices."""
    from yiwang.cli import trust as everything

    devices = ",".join(term for term in ("kind=device", selector) if term)
    everything.trust(context, devices, estate=estate, again=again, yes=yes, format=format)
