"""``yiwang logs``: what happened in a run, or on one node of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.output import Format, FormatOption
from yiwang.cli.root import app
from yiwang.cli.runs import RunArgument
from yiwang.cli.words import event_words
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.core.jobs.stream import Told

FOLLOW_SECONDS = 0.5

AfterOption = Annotated[int, typer.Option(metavar="ID", min=0, help=_("Only events after this one."))]


@app.command("logs", help=_("Show what happened in a run, or on one node of it."))
def logs(
    context: typer.Context,
    run: RunArgument,
    node: Annotated[str, typer.Argument(metavar="NODE", help=_("Only this node, or other target of the run."))] = "",
    step: Annotated[str | None, typer.Option(help=_("Only this step."))] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help=_("Go on until the run rests."))] = False,
    after: AfterOption = 0,
    format: FormatOption = Format.table,
) -> None:
    """Show the events of a run, from the first; with ``--follow`` until it rests."""
    from yiwang.core.jobs.model import RunState
    from yiwang.core.jobs.stream import Stream, target_of

    application_ = application(context)
    kept, database = application_.jobs.runs, application_.database
    run_id = kept.find(run).id
    target = target_of(database, run_id, node) if node else ""
    stream = Stream(database, run_id, after=after, target=target, step=step)
    while True:
        # Asked before the events are read: what happened before the run came to rest is in them.
        is_open = kept.find(run_id).state is RunState.open
        for told in stream.more():
            output.line(_text(told, format))
        if not follow or not is_open:
            return
        time.sleep(FOLLOW_SECONDS)


def _text(told: Told, format: Format) -> str:
    from yiwang.cli.live.events import event_line

    if format is not Format.table:
        return event_line(told)
    from yiwang.cli.live.line import clean

    attempt = f"#{told.attempt}" if told.attempt > 1 else ""
    parts = (output.moment(told.time), f"{told.step}{attempt}", event_words(told.kind, told.text))
    return "\n".join(map(clean, "  ".join(part for part in parts if part).splitlines()))
