"""``yiwang network handover run`` and ``seal``: prove the accounts, then seal them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiwang.cli import driving, output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.network.handover import handover
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.app import App
    from yiwang.core.jobs.model import Step
    from yiwang.network.handover.sealing import Sealed

ToOption = Annotated[
    Path | None,
    typer.Option("--to", metavar="FILE", dir_okay=False, help=_("The package; default: RUN.tar here.")),
]


@handover.command(
    "run", help=_("Prove on each device that the accounts read everything and write nothing; seal if all do.")
)
def run(
    context: typer.Context,
    selector: Annotated[
        str, typer.Argument(metavar="SELECTOR", help=_("Only these devices, such as county=410621."))
    ] = "",
    to: ToOption = None,
    estate: EstateOption = None,
    limit: Annotated[
        int, typer.Option(min=0, help=_("Devices at once; 0: as many as the setting network.parallel."))
    ] = 0,
    format: FormatOption = Format.table,
) -> None:
    """Prove and seal."""
    application_ = application(context)
    handing = application_.handing(estate)
    plan = handing.plan(selector, at_once=limit or application_.settings.network.parallel)
    application_.ensure_archive_key(estate)
    made = application_.jobs.runs.create(plan)
    exit_code = driving.carry_out(application_, made.id)
    _show(application_, made.id, format)
    if exit_code == driving.INTERRUPTED:
        raise typer.Exit(exit_code)
    _tell(handing.seal(application_.jobs.runs, made.id, to))


@handover.command("seal", help=_("Seal what a run proved, after it was resumed."))
def seal(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help=_("The run of the hand-over."))],
    to: ToOption = None,
    estate: EstateOption = None,
) -> None:
    """Seal."""
    application_ = application(context)
    _tell(application_.handing(estate).seal(application_.jobs.runs, run, to))


def _tell(sealed: Sealed) -> None:
    output.note(_("{count} devices are sealed in {file}").format(count=sealed.devices, file=sealed.file))
    output.note(_("  digest: {digest}").format(digest=sealed.digest))
    output.note(_("  signed by: {signer} (tell the authority by another way)").format(signer=sealed.signer))


def _show(app: App, run_id: str, format: Format) -> None:
    columns = (
        Column("device", _("device"), fold=False),
        Column("result", _("result")),
        Column("bytes", _("bytes")),
        Column("problem", _("problem")),
    )
    rows = [_row(step) for step in app.jobs.runs.steps(run_id)]
    if format is Format.table:
        words = {"read-only": _("can only read"), "can write": _("CAN WRITE"), "not proven": _("not proven")}
        rows = [row | {"result": words[row["result"]]} for row in rows]
    output.table("handover", columns, rows, format)


def _row(step: Step) -> dict[str, Any]:
    found = step.result or {}
    result = "read-only" if step.state.value == "done" else "not proven"
    return {
        "device": step.payload["device"],
        "result": "can write" if found.get("error") == "E3401" else result,
        "bytes": found.get("bytes"),
        "problem": found.get("problem") or step.error,
    }
