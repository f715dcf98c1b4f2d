"""``yiwang broker``: make the broker fit for the sites of an estate, and look at their queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.cli.root import app
from yiwang.core.i18n import N_, _

if TYPE_CHECKING:
    from pathlib import Path

    from yiwang.app import App
    from yiwang.core.jobs.distributed.administration import Change, Control, PasswordOf
    from yiwang.core.jobs.distributed.topology import Topology

broker = typer.Typer(help=_("The broker between the city and the workers at the sites."), no_args_is_help=True)
app.add_typer(broker, name="broker")

CHANGES = 2
ACTIONS = {"add": N_("add"), "alter": N_("change"), "remove": N_("remove")}

SiteOption = Annotated[
    list[str] | None,
    typer.Option("--site", metavar="CODE", help=_("This site (repeatable); default: every county of the estate.")),
]
PruneOption = Annotated[
    bool, typer.Option("--prune", help=_("Remove the logins and queues of sites that are no longer among them."))
]


@broker.command("plan", help=_("Tell what the broker lacks; on the broker's machine, as root."))
def plan(
    context: typer.Context,
    estate: EstateOption = None,
    site: SiteOption = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help=_("Exit with 2 when there is something to do."))
    ] = False,
    format: FormatOption = Format.table,
) -> None:
    """Tell what the broker lacks."""
    application_ = application(context)
    _topology, _control, found = _planned(application_, estate, site)
    _show(found, format)
    if found and detailed_exitcode:
        raise typer.Exit(CHANGES)


@broker.command("apply", help=_("Give the broker what it lacks; a second time there is nothing to do."))
def apply(
    context: typer.Context,
    estate: EstateOption = None,
    site: SiteOption = None,
    prune: PruneOption = False,
    format: FormatOption = Format.table,
) -> None:
    """Give the broker what it lacks."""
    application_ = application(context)
    topology, control, found = _planned(application_, estate, site)
    done = control.apply(found, topology.vhost, prune=prune)
    _show(done, format)
    left = len(found) - len(done)
    if left:
        output.note(_("{count} left as they are; to remove them: --prune").format(count=left))


@broker.command("status", help=_("Show how many steps wait for each site and how many workers it has."))
def status(
    context: typer.Context, estate: EstateOption = None, site: SiteOption = None, format: FormatOption = Format.table
) -> None:
    """Show the queues, asked with the controller's login."""
    from yiwang.core.jobs.distributed.status import queue_statuses
    from yiwang.core.jobs.distributed.topology import CONTROLLER

    application_ = application(context)
    columns = (
        Column("site", _("site")),
        Column("waiting", _("waiting")),
        Column("workers", _("workers")),
        Column("queue", _("queue")),
    )
    found = queue_statuses(application_.broker(CONTROLLER), _sites(application_, estate, site))
    rows = [
        {"site": each.site, "queue": each.queue, "waiting": each.waiting, "workers": each.workers} for each in found
    ]
    if format is Format.table:
        rows = [{**row, "site": row["site"] or _("laid aside")} for row in rows]
    output.table("queues", columns, rows, format)


def _planned(
    application_: App, estate: Path | None, site: list[str] | None
) -> tuple[Topology, Control, tuple[Change, ...]]:
    from yiwang.core.jobs.distributed.administration import Control, changes
    from yiwang.core.jobs.distributed.topology import Topology

    topology = Topology(_sites(application_, estate, site))
    control = Control(application_.settings.jobs.broker.control)
    return topology, control, changes(topology, control.definitions(), _passwords(application_, estate))


def _sites(application_: App, estate: Path | None, site: list[str] | None) -> tuple[str, ...]:
    if site:
        return tuple(dict.fromkeys(site))
    regions = application_.load_estate(estate).regions
    return tuple(sorted(code for code, region in regions.items() if region.level == "county"))


def _passwords(application_: App, estate: Path | None) -> PasswordOf:
    """The passwords that the estate's vault has for logins; whoever has none logs in by certificate."""
    from yiwang.core.errors import NotFoundError
    from yiwang.core.jobs.distributed.administration import no_password, password_path

    try:
        vault = application_.vault(estate)
    except NotFoundError:
        return no_password
    there = frozenset(vault.paths())
    return lambda user: vault.get(password_path(user)) if password_path(user) in there else None


def _show(found: tuple[Change, ...], format: Format) -> None:
    columns = (Column("action", _("action")), Column("kind", _("kind")), Column("name", _("name")))
    rows: list[dict[str, Any]] = [
        {
            "action": _(ACTIONS[each.action]) if format is Format.table else each.action,
            "kind": _(each.kind) if format is Format.table else each.section,
            "name": each.name,
        }
        for each in found
    ]
    output.table("broker changes", columns, rows, format, empty=_("the broker has all that it needs"))
