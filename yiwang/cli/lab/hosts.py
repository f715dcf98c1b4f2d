"""The hosts of a lab as a table: what they are, how they are reached, how they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yiwang.cli import output
from yiwang.cli.output import Column, Format
from yiwang.core.i18n import N_, _

if TYPE_CHECKING:
    from yiwang.lab.lab import Lab
    from yiwang.lab.machine import Machine

STATES = {"up": N_("up"), "silent": N_("does not answer"), "off": N_("off")}
KINDS = {"node": N_("node"), "device": N_("device"), "server": N_("server")}


def show_status(shown: Lab, format: Format) -> None:
    """Write a lab's hosts as a table."""
    from concurrent.futures import ThreadPoolExecutor

    columns = (
        Column("host", _("host"), fold=False),
        Column("kind", _("kind")),
        Column("platform", _("platform")),
        Column("address", _("address")),
        Column("management", _("in the lab")),
        Column("state", _("state")),
    )
    with ThreadPoolExecutor(16) as pool:
        rows = list(pool.map(lambda machine: _row(machine, format), shown.machines))
    output.table("hosts", columns, rows, format)


def _row(machine: Machine, format: Format) -> dict[str, Any]:
    host = machine.host
    state = machine.state
    return {
        "host": host.name,
        "kind": _(KINDS[host.kind]) if format is Format.table else host.kind,
        "platform": host.platform,
        "profile": host.profile,
        "region": host.region,
        "address": host.addresses[0] if host.addresses else "",
        "management": host.management,
        "state": _(STATES[state]) if format is Format.table else state,
    }
