"""``yiwang lab status`` and ``console``: how the hosts of a lab are."""

from __future__ import annotations

import typer

from yiwang.cli.lab import lab
from yiwang.cli.lab.hosts import show_status
from yiwang.cli.lab.options import HostArgument, LabOption, chosen_lab
from yiwang.cli.output import Format, FormatOption
from yiwang.core.i18n import _


@lab.command("status", help=_("Show the hosts of a lab: address, management address, state."))
def status(context: typer.Context, name: LabOption = "", format: FormatOption = Format.table) -> None:
    """Show the hosts of a lab."""
    show_status(chosen_lab(context, name), format)


@lab.command("console", help=_("Show what a host wrote while it booted."))
def console(context: typer.Context, host: HostArgument, name: LabOption = "") -> None:
    """Show what a host wrote while it booted."""
    import sys

    machine = chosen_lab(context, name).machine(host)
    sys.stdout.buffer.write(machine.console.read_bytes() if machine.console.exists() else b"")
    sys.stdout.buffer.flush()
