"""``yiwang worker``: carry out steps at a site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.root import app
from yiwang.core.i18n import _


@app.command("worker", help=_("Carry out the steps of a site, there: needs the broker, no database and no estate."))
def worker(
    context: typer.Context,
    site: Annotated[str, typer.Option("--site", metavar="CODE", help=_("The site, such as 410621."))],
    processes: Annotated[
        int, typer.Option(min=0, max=128, help=_("Steps at once; default: the setting jobs.processes."))
    ] = 0,
    unit: Annotated[bool, typer.Option("--unit", help=_("Print the systemd unit of such workers, and end."))] = False,
) -> None:
    """Carry out steps of a site until SIGTERM, which lets those under way end."""
    if unit:
        output.line(_unit())
        return
    application_ = application(context)
    post = application_.post(site)
    from yiwang.core.jobs.distributed.worker import work

    output.note(_("worker {worker} at {host}").format(worker=post.worker, host=post.broker.host))
    raise typer.Exit(work(post, processes=processes or application_.settings.jobs.processes))


def _unit() -> str:
    import sys

    from yiwang.core.jobs import distributed

    template = Path(distributed.__file__).with_name("yiwang-worker@.service").read_text("utf-8")
    return template.replace("/usr/bin/yiwang", str(Path(sys.argv[0]).absolute())).rstrip()
