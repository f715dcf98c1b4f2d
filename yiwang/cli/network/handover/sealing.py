"""``yiwang network handover run`` and ``seal``: prove the accounts, then seal them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiwang.cli import driving, output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.network.handover import handover
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.core.i18n import N_, _

if TYPE_CHECKING:
    from yiwang.core.evidence import Observation
    from yiwang.core.jobs.model import Step
    from yiwang.network.handover.sealing import Sealed
    from yiwang.network.handover.service import Handing

RESULTS = {"read-only": N_("can only read"), "can write": N_("CAN WRITE"), "not proven": N_("not proven")}
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
    _show(handing, application_.jobs.runs.steps(made.id), made.id, format)
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


def _show(handing: Handing, steps: list[Step], run_id: str, format: Format) -> None:
    columns = (
        Column("device", _("device"), fold=False),
        Column("result", _("result")),
        Column("bytes", _("bytes")),
        Column("problem", _("problem")),
    )
    proofs = handing.proofs(run_id)
    rows = [_row(step, proofs.get(step.payload["device"])) for step in steps]
    if format is Format.table:
        rows = [row | {"result": _(RESULTS[row["result"]])} for row in rows]
    output.table("handover", columns, rows, format)


def _row(step: Step, seen: Observation | None) -> dict[str, Any]:
    from yiwang.network.handover.sealing import can_write

    found = seen.detail if seen else {}
    result = "read-only" if seen and seen.verdict == "pass" else "not proven"
    return {
        "device": step.payload["device"],
        "result": "can write" if can_write(seen) else result,
        "bytes": found.get("bytes"),
        "problem": found.get("problem") or step.error,
    }
