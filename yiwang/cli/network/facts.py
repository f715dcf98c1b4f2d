"""``yiwang network facts``: ask devices over SNMP who they are and what they have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.network import network
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.network.snmp.facts.facts import Facts
    from yiwang.network.snmp.polling import Polled

SOME_FAILED = 4


@network.command("facts", help=_("Ask devices over SNMP for their facts, and keep them as evidence."))
def facts(
    context: typer.Context,
    selector: Annotated[
        str, typer.Argument(metavar="SELECTOR", help=_("Only these devices, such as county=410621."))
    ] = "",
    estate: EstateOption = None,
    only: Annotated[
        str,
        typer.Option(
            metavar="GROUPS",
            help=_("Of interfaces, counters, neighbours, parts, clock; default: all but counters."),
        ),
    ] = "",
    at_once: Annotated[int, typer.Option(min=1, max=2000, help=_("How many devices to ask at once."))] = 200,
    ceiling: Annotated[float, typer.Option(min=1, help=_("Seconds that one device may take in all."))] = 120,
    reference: Annotated[bool, typer.Option("--reference", help=_("Do not use gufo-snmp, even where it is."))] = False,
    format: FormatOption = Format.table,
) -> None:
    """Ask the selected devices."""
    from yiwang.inventory.selector import parse_selector
    from yiwang.network.snmp.polling import Manner
    from yiwang.network.snmp.service import FactPoll, groups

    wanted, chosen = groups(only), parse_selector(selector) if selector else None
    application_ = application(context)
    folder = application_.estate_folder(estate)
    asking = FactPoll(application_.load_estate(folder), cache(application_.vault(folder).get), application_.evidence)
    manner = Manner(at_once, ceiling, fast=False if reference else None)
    with _progress() as report:
        polled = asking.run(chosen, wanted=wanted, manner=manner, report=report)
    _show(polled, format)
    if any(each.error for each in polled):
        raise typer.Exit(SOME_FAILED)


@contextmanager
def _progress() -> Iterator[Callable[[Polled[Facts], int, int], None]]:
    console = output.console(stderr=True)
    if not console.is_terminal:
        yield lambda _polled, _done, _total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    with Progress(
        BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), console=console, transient=True
    ) as bar:
        task = bar.add_task(_("asking devices"), total=None)
        yield lambda polled, done, total: bar.update(task, completed=done, total=total, description=polled.device)


def _show(polled: Sequence[Polled[Facts]], format: Format) -> None:
    columns = (
        Column("device", _("device"), fold=False),
        Column("name", _("name")),
        Column("model", _("model")),
        Column("uptime", _("up for"), fold=False),
        Column("skew", _("clock is off by"), fold=False),
        Column("interfaces", _("interfaces"), fold=False),
        Column("neighbours", _("neighbours"), fold=False),
        Column("parts", _("parts"), fold=False),
        Column("missing", _("not told")),
        Column("error", _("error"), fold=False),
    )
    row = _told if format in (Format.table, Format.csv) else _whole
    output.table("facts", columns, map(row, polled), format, empty=_("no device is selected"))
    if format is Format.table:
        for each in polled:
            if each.error:
                output.note(f"! {each.error}\n  → {each.error.advice}")


def _told(polled: Polled[Facts]) -> dict[str, Any]:
    told = polled.told
    if told is None:
        return {"device": polled.device, "error": polled.error.error.id if polled.error else ""}
    return {
        "device": polled.device,
        "name": told.system.name,
        "model": _model(told),
        "uptime": _days(told.system.uptime_seconds),
        "skew": _seconds(told.clock.skew_seconds if told.clock else None),
        "interfaces": len(told.interfaces),
        "neighbours": len(told.neighbours),
        "parts": len(told.parts),
        "missing": [each.group.value for each in told.missing],
    }


def _model(facts: Facts) -> str:
    """The chassis as its maker calls it, else the first line of what the device says of itself."""
    models = [part.model for part in facts.parts if part.kind == "chassis" and part.model]
    return next(iter(models), "") or facts.system.description.partition("\n")[0].strip()


def _days(seconds: int | None) -> str:
    return (
        "" if seconds is None else _("{days} d {hours} h").format(days=seconds // 86400, hours=seconds % 86400 // 3600)
    )


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:+.1f} s"


def _whole(polled: Polled[Facts]) -> dict[str, Any]:
    from yiwang.network.snmp.observing import plain_facts

    if polled.told:
        return plain_facts(polled.told)
    error = polled.error
    return {"device": polled.device, "error": {"code": error.error.id, "message": error.message} if error else {}}
