"""``yiwang schedules``: runs that begin by the clock."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.cli.root import app
from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_, _

if TYPE_CHECKING:
    from yiwang.core.jobs.schedule import Schedule
    from yiwang.core.jobs.scheduler import Begun

BAD_PARAMETER = code("E0002", N_('"{given}" is not of the form key=value'), N_("write --parameter steps=20"))

schedules = typer.Typer(help=_("Runs that begin by the clock."), no_args_is_help=True)
app.add_typer(schedules, name="schedules")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help=_("The schedule's name."))]


@schedules.command("list", help=_("List schedules and when each begins next."))
def list_schedules(context: typer.Context, format: FormatOption = Format.table) -> None:
    """List schedules and when each begins next."""
    columns = (
        Column("name", _("name")),
        Column("kind", _("kind")),
        Column("cron", _("cron")),
        Column("hours", _("allowed hours")),
        Column("catch_up", _("catch up")),
        Column("enabled", _("enabled")),
        Column("next", _("next")),
    )
    kept = application(context).jobs.schedules.all()
    output.table("schedules", columns, [_row(each, format) for each in kept], format, empty=_("no schedules yet"))


def _row(schedule: Schedule, format: Format) -> dict[str, Any]:
    from yiwang.core.database.types import utc_now
    from yiwang.core.jobs.schedule import next_moment

    fields = ("name", "kind", "cron", "timezone", "hours", "jitter_seconds", "catch_up", "enabled")
    begins = next_moment(schedule, utc_now()) if schedule.enabled else None
    values = {key: getattr(schedule, key) for key in fields}
    return values | {"parameters": dict(schedule.parameters), "next": output.moment(begins, format)}


@schedules.command("add", help=_("Add a schedule."))
def add(
    context: typer.Context,
    name: NameArgument,
    cron: Annotated[str, typer.Option(help=_('Minute hour day month weekday, such as "30 2 * * *".'))],
    kind: Annotated[str, typer.Option("--run", help=_("The kind of run to begin."))],
    parameter: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help=_("A parameter of the run."))] = None,
    timezone: Annotated[str, typer.Option(help=_("The time zone of the expression."))] = "Asia/Shanghai",
    hours: Annotated[str, typer.Option(help=_("Allowed hours, such as 22:00-06:00."))] = "",
    jitter: Annotated[int, typer.Option(min=0, help=_("Be late by up to so many seconds."))] = 0,
    catch_up: Annotated[
        Literal["skip", "once"], typer.Option(help=_("After a downtime: skip what was missed, or begin it once."))
    ] = "skip",
) -> None:
    """Add a schedule."""
    from yiwang.core.jobs.schedule import Schedule

    application_ = application(context)
    schedule = Schedule(name, cron, kind, _parameters(parameter or []), timezone, hours, jitter, catch_up)
    added = application_.jobs.schedules.add(schedule, by=application_.actor)
    output.note(_("begins next: {time}").format(time=_row(added, Format.table)["next"]))


def _parameters(given: list[str]) -> dict[str, str]:
    for each in given:
        if "=" not in each:
            raise UsageError(BAD_PARAMETER, given=each)
    return dict(each.split("=", 1) for each in given)


@schedules.command("remove", help=_("Remove a schedule; its runs stay."))
def remove(context: typer.Context, name: NameArgument) -> None:
    """Remove a schedule."""
    application_ = application(context)
    application_.jobs.schedules.remove(name, by=application_.actor)


@schedules.command("enable", help=_("Switch a schedule on."))
def enable(context: typer.Context, name: NameArgument) -> None:
    """Switch a schedule on."""
    application_ = application(context)
    application_.jobs.schedules.enable(name, True, by=application_.actor)


@schedules.command("disable", help=_("Switch a schedule off; what is missed meanwhile stays missed."))
def disable(context: typer.Context, name: NameArgument) -> None:
    """Switch a schedule off."""
    application_ = application(context)
    application_.jobs.schedules.enable(name, False, by=application_.actor)


@schedules.command("run", help=_("Begin runs when they are due and carry out every open run, until stopped."))
def run(context: typer.Context) -> None:
    """The unattended service: schedules and open runs, until SIGTERM or an interrupt."""
    from yiwang.core.jobs.service import serve

    jobs = application(context).jobs
    with jobs.controller() as controller:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_signal: controller.stop())
        output.note(_("waiting for what is due; stop with Ctrl-C"))
        serve(jobs, controller, _tell)


def _tell(begun: Begun) -> None:
    if begun.run is not None:
        output.note(_("{schedule}: began run {run}").format(schedule=begun.schedule.name, run=begun.run.id))
    elif begun.error is not None:
        output.error(begun.error)
    else:
        output.note(_("{schedule}: missed {time}").format(schedule=begun.schedule.name, time=begun.moment))
