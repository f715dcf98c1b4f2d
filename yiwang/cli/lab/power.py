"""``yiwang lab power`` and ``reboot``: hosts off, on, and on again."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from yiwang.cli.context import application
from yiwang.cli.lab import lab
from yiwang.cli.lab.options import HostArgument, LabOption, chosen_lab
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.lab.lab import Lab


class Switch(StrEnum):
    """What is done to a host's power."""

    on = "on"
    off = "off"
    cycle = "cycle"


@lab.command("power", help=_("Cut a host's power, give it back, or both; off is a fault, listed until it is on."))
def power(
    context: typer.Context,
    host: HostArgument,
    switch: Annotated[Switch, typer.Argument(help=_("on, off, or off and on again."))],
    name: LabOption = "",
) -> None:
    """Switch a host's power; returns when the host answers, or is off."""
    from yiwang.lab.readiness import require_root

    require_root()
    chosen = chosen_lab(context, name)
    if switch is not Switch.on:
        _cut(chosen, host, by=application(context).actor)
    if switch is not Switch.off:
        _give(chosen, host)


def _cut(chosen: Lab, host: str, *, by: str) -> None:
    from yiwang.lab.faults.force import put_in_force
    from yiwang.lab.faults.power import POWER
    from yiwang.lab.faults.request import read_request

    put_in_force(chosen, read_request(chosen.layout, POWER, [host, "off"], {}), by=by)


def _give(chosen: Lab, host: str) -> None:
    """A host may be off without a fault: somebody shut it down from within."""
    from yiwang.core.errors import NotFoundError
    from yiwang.lab.faults.force import clear
    from yiwang.lab.faults.power import POWER, power_on
    from yiwang.lab.faults.request import read_request

    try:
        clear(chosen, read_request(chosen.layout, POWER, [host, "on"], {}).id)
    except NotFoundError:
        with chosen.folder.locked():
            power_on(chosen.machine(host))


@lab.command("reboot", help=_("Start a host again in order; returns when it answers."))
def reboot(context: typer.Context, host: HostArgument, name: LabOption = "") -> None:
    """Start a host again."""
    from yiwang.lab.faults.reboot import reboot as start_again
    from yiwang.lab.readiness import require_root

    require_root()
    start_again(chosen_lab(context, name).machine(host))
