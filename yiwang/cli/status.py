"""``yiwang status``: how the estate, one node or one run stands, computed from evidence; no node is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from yiwang.cli.context import EstateOption, application
from yiwang.cli.output import Format, FormatOption
from yiwang.cli.root import app
from yiwang.core.errors import NotFoundError, code, suggestion
from yiwang.core.i18n import N_, _

if TYPE_CHECKING:
    from pathlib import Path

    from yiwang.app import App
    from yiwang.inventory.estate import Estate

NOTHING_CALLED_SO = code(
    "E0024",
    N_('neither a node of the estate nor a run is called "{given}"{suggestion}'),
    N_("`yiwang inventory list` shows the nodes, `yiwang runs list` the runs"),
)
ATTENTION = 2


@app.command("status", help=_("Tell how the estate stands, or one node, or one run; no node is asked."))
def status(
    context: typer.Context,
    of: Annotated[str, typer.Argument(metavar="NODE|RUN", help=_("A node, or a run by the beginning of its id."))] = "",
    estate: EstateOption = None,
    stale: Annotated[float, typer.Option(min=0, help=_("Days after which what was seen of a node is old."))] = 7,
    detailed: Annotated[
        bool, typer.Option("--detailed-exitcode", help=_("Exit with 2 when something needs somebody."))
    ] = False,
    format: FormatOption = Format.table,
) -> None:
    """Tell how the estate, a node or a run stands."""
    from yiwang.cli.standing import show_overview
    from yiwang.core.database.types import utc_now
    from yiwang.deploy.status.overview import overview

    application_ = application(context)
    if of:
        needs_somebody = _status_of(application_, of, estate, timedelta(days=stale), format)
    else:
        loaded = application_.load_estate(estate)
        seen = overview(loaded, application_.database, utc_now(), stale=timedelta(days=stale))
        show_overview(loaded, seen, format)
        needs_somebody = seen.needs_somebody
    if detailed and needs_somebody:
        raise typer.Exit(ATTENTION)


def _status_of(application_: App, of: str, given: Path | None, stale: timedelta, format: Format) -> bool:
    from yiwang.cli.runs import show_run

    estate = _estate(application_, given)
    if estate is not None and of in estate.nodes:
        return _status_of_node(application_, estate, of, stale, format)
    try:
        run = application_.jobs.runs.find(of)
    except NotFoundError:
        raise NotFoundError(
            NOTHING_CALLED_SO, given=of, suggestion=suggestion(of, estate.nodes if estate else ())
        ) from None
    show_run(application_, run, format)
    return run.state.value not in ("done", "cancelled")


def _status_of_node(application_: App, estate: Estate, name: str, stale: timedelta, format: Format) -> bool:
    from yiwang.cli.standing import show_node
    from yiwang.core.database.types import utc_now
    from yiwang.deploy.status.overview import node_standing

    observed = application_.evidence.newest_reports(subject_kind="node", name=name)
    standing = node_standing(estate, name, observed, utc_now(), stale)
    show_node(estate, standing, format)
    return bool(standing.states)


def _estate(application_: App, given: Path | None) -> Estate | None:
    """The estate, if one is given or there is one here; runs can be looked at without."""
    try:
        folder = application_.estate_folder(given)
    except NotFoundError:
        return None
    return application_.load_estate(folder)
