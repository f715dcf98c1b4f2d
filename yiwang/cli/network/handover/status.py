"""``yiwang network handover status``: devices handed over of all devices."""

from __future__ import annotations

from dataclasses import asdict

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.network.handover import handover
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.core.i18n import N_, _

STATES = {
    "received": N_("received"),
    "sealed": N_("sealed, without a receipt"),
    "expired": N_("expired"),
    "renewed": N_("renewed, not handed over anew"),
    "no": N_("not handed over"),
}


@handover.command("status", help=_("Tell how many of the estate's devices are handed over."))
def status(context: typer.Context, estate: EstateOption = None, format: FormatOption = Format.table) -> None:
    """Tell the indicator."""
    found = application(context).handing(estate).standings()
    rows = [asdict(each) | {"package": each.package[:12] if format is Format.table else each.package} for each in found]
    if format is Format.table:
        rows = [row | {"state": _(STATES[row["state"]])} for row in rows]
    columns = (
        Column("device", _("device"), fold=False),
        Column("state", _("state")),
        Column("package", _("package"), fold=False),
        Column("expires", _("valid until"), fold=False),
    )
    output.table("handover", columns, rows, format)
    handed = sum(each.counts for each in found)
    output.note(_("{handed} of {total} devices are handed over").format(handed=handed, total=len(found)))
