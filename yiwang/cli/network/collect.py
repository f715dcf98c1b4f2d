"""``yiwang network collect``: fetch configurations from devices into the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiwang.cli import driving, output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.network import network
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.core.i18n import N_, _

if TYPE_CHECKING:
    from yiwang.app import App
    from yiwang.core.jobs.model import Step

SHOWN = 40
RESULTS = {"changed": N_("has changed"), "failed": N_("failed"), "pending": N_("pending")}


@network.command("collect", help=_("Fetch the configurations of devices into the archive; secrets stay out of it."))
def collect(
    context: typer.Context,
    selector: Annotated[
        str, typer.Argument(metavar="SELECTOR", help=_("Only these devices, such as county=410621."))
    ] = "",
    estate: EstateOption = None,
    limit: Annotated[
        int, typer.Option(min=0, help=_("Devices at once; 0: as many as the setting network.parallel."))
    ] = 0,
    format: FormatOption = Format.table,
) -> None:
    """Collect from devices."""
    application_ = application(context)
    at_once = limit or application_.settings.network.parallel
    plan = application_.network(estate).collection(selector, at_once=at_once, requester=application_.actor)
    if application_.ensure_archive_key(estate):
        output.note(_("a key for the archive's digests of secrets was put into the vault: network/archive-key"))
    run = application_.jobs.runs.create(plan)
    exit_code = driving.carry_out(application_, run.id)
    _show(application_, run.id, format)
    if exit_code:
        raise typer.Exit(exit_code)


def _show(app: App, run_id: str, format: Format) -> None:
    rows = [_row(step) for step in app.jobs.runs.steps(run_id) if step.id != "commit"]
    columns = (
        Column("device", _("device"), fold=False),
        Column("result", _("result")),
        Column("bytes", _("bytes")),
        Column("seconds", _("seconds")),
        Column("problem", _("problem")),
    )
    if format is not Format.table:
        output.table("collected", columns, rows, format)
        return
    # On a terminal only what a person has to look at.
    told = [row | {"result": _(RESULTS[row["result"]])} for row in rows if row["result"] != "unchanged"]
    output.table("collected", columns, told[:SHOWN], format, empty=_("nothing has changed"))
    if len(told) > SHOWN:
        output.note(_("… and {count} more: yiwang runs show {run}").format(count=len(told) - SHOWN, run=run_id))
    same = sum(row["result"] == "unchanged" for row in rows)
    output.note(_("{count} of {total} devices are as they were").format(count=same, total=len(rows)))


def _row(step: Step) -> dict[str, Any]:
    found = step.result or {}
    ending = {"done": "changed" if found.get("changed") else "unchanged", "failed": "failed"}
    return {
        "device": step.payload["device"],
        "result": ending.get(step.state.value, "pending"),
        "bytes": found.get("bytes"),
        "seconds": found.get("seconds"),
        "digest": found.get("digest"),
        "missing": found.get("missing"),
        "problem": found.get("problem") or step.error,
    }
