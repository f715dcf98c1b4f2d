"""``yiwang network drift``: what runs on devices against what the estate asks of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.network import network
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_, _

if TYPE_CHECKING:
    from yiwang.app import App
    from yiwang.network.intent.drift import Difference, Drift
    from yiwang.network.intent.service import Compared, Intended

NO_DEVICE_NAMED = code(
    "E0062",
    N_("--running and --remedy are about one device, and none is named"),
    N_("name it: yiwang network drift DEVICE"),
)
UNREADABLE = code(
    "E0063",
    N_("{file} cannot be read: {problem}"),
    N_("give a file that holds the running configuration as the device shows it"),
)

DIFFERENT = 2
KINDS = {
    "missing": N_("is missing"),
    "extra": N_("is not intended"),
    "changed": N_("is otherwise"),
    "order": N_("stands in another order"),
}


@network.command("drift", help=_("Compare what runs on devices with what the estate asks of them."))
def drift(
    context: typer.Context,
    device: Annotated[str, typer.Argument(metavar="[DEVICE]", help=_("Name of the device; default: all."))] = "",
    running: Annotated[
        Path | None,
        typer.Option("--running", metavar="FILE", help=_("Its running configuration; default: as last collected.")),
    ] = None,
    selector: Annotated[
        str, typer.Option("--select", metavar="SELECTOR", help=_("Only these devices, such as county=410621."))
    ] = "",
    remedy: Annotated[bool, typer.Option("--remedy", help=_("Show only the lines that lead it back."))] = False,
    estate: EstateOption = None,
    detailed: Annotated[
        bool, typer.Option("--detailed-exitcode", help=_("Exit code 2 when there are differences."))
    ] = False,
    format: FormatOption = Format.table,
) -> None:
    """Compare devices with their intent."""
    if not device and (running or remedy):
        raise UsageError(NO_DEVICE_NAMED)
    application_ = application(context)
    intended = application_.intended(estate)
    if device:
        found = [_one(application_, intended, device, running, estate)]
        _show_one(intended, found[0], format, remedy=remedy)
    else:
        found = _all(application_, intended, selector, estate, format)
    if detailed and any(each.differences for each in found):
        raise typer.Exit(DIFFERENT)


def _one(app: App, intended: Intended, device: str, running: Path | None, estate: Path | None) -> Drift:
    from yiwang.network.configuration.decoding import decode

    if running is None:
        # An unknown name is told as such, not as one that was never collected.
        intended.intents.of(device)
        return intended.drift(device, app.network(estate).archive.version(device).text)
    try:
        return intended.drift(device, decode(running.read_bytes()).text)
    except OSError as error:
        raise UsageError(UNREADABLE, file=running, problem=error.strerror or error) from error


def _show_one(intended: Intended, drift: Drift, format: Format, *, remedy: bool) -> None:
    from yiwang.network.intent.remediation import remediation

    lines = list(remediation(drift, intended.table(drift.device)))
    if format in (Format.table, Format.csv) and not remedy:
        columns = (
            Column("kind", _("difference"), fold=False),
            Column("line", _("line")),
            Column("section", _("section")),
            Column("intended", _("intended")),
            Column("running", _("what runs")),
        )
        if drift.differences or format is Format.csv:
            output.table("differences", columns, [_row(each, format) for each in drift.differences], format)
    elif format is not Format.table:
        item = {
            "device": drift.device,
            "differences": [_row(each, format) for each in drift.differences],
            "remediation": lines,
            "others": drift.others,
            "whole": drift.is_whole,
        }
        output.document("drift", [item])
    if format is Format.table:
        _explain(drift, lines)


def _explain(drift: Drift, lines: list[str]) -> None:
    from rich.text import Text

    if not drift.differences:
        output.note(_("{device} runs as intended").format(device=drift.device))
    for line in lines:
        output.console().print(Text(line), soft_wrap=True)
    if not drift.is_whole:
        output.note(_("! the running configuration has no end: what is missing may only be cut off"))
    if drift.others:
        output.note(
            _("{count} other lines are nothing that the estate declares; secrets are not compared").format(
                count=drift.others
            )
        )


def _row(each: Difference, format: Format) -> dict[str, Any]:
    folds = format in (Format.table, Format.csv)
    return {
        "kind": _(KINDS[each.kind]) if format is Format.table else each.kind,
        "line": each.line or None,
        "section": " / ".join(each.section) if folds else list(each.section),
        "intended": "\n".join(each.intended) if folds else list(each.intended),
        "running": "\n".join(each.running) if folds else list(each.running),
    }


def _all(app: App, intended: Intended, selector: str, estate: Path | None, format: Format) -> list[Drift]:
    from yiwang.inventory.selector import parse_selector

    chosen = intended.selected(parse_selector(selector) if selector else None)
    compared = list(intended.drifts(chosen, app.network(estate).archive))
    columns = (
        Column("device", _("device"), fold=False),
        Column("missing", _("missing")),
        Column("changed", _("otherwise")),
        Column("extra", _("not intended")),
        Column("problem", _("problem")),
    )
    output.table("drift", columns, [_summary(each) for each in compared], format, empty=_("no device is selected"))
    return [each.drift for each in compared if each.drift]


def _summary(each: Compared) -> dict[str, Any]:
    if each.drift is None:
        return {"device": each.device, "problem": each.error.message if each.error else ""}
    return {
        "device": each.device,
        "missing": each.drift.count("missing"),
        "changed": each.drift.count("changed", "order"),
        "extra": each.drift.count("extra"),
        "problem": "" if each.drift.is_whole else _("cut off"),
    }
