"""``yiwang logs`` and ``yiwang cancel``: listen to a run, end it."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
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
    from yiwang.core.jobs.model import Event
    from yiwang.core.jobs.runs import Runs

FOLLOW_SECONDS = 0.5
PAGE = 1000


@app.command("logs", help=_("Show what happened in a run."))
def logs(
    context: typer.Context,
    run: RunArgument,
    step: Annotated[str | None, typer.Option(help=_("Only this step."))] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help=_("Go on until the run rests."))] = False,
    format: FormatOption = Format.table,
) -> None:
    """Show the events of a run, from the first; with ``--follow`` until it rests."""
    kept = application(context).jobs.runs
    run_id = kept.find(run).id
    last = 0
    while True:
        # Asked before the events are read: what happened before the run came to rest is in them.
        is_open = kept.find(run_id).state.value == "open"
        last = _print_new(kept, run_id, step, last, format)
        if not follow or not is_open:
            return
        time.sleep(FOLLOW_SECONDS)


def _print_new(kept: Runs, run_id: str, step: str | None, last: int, format: Format) -> int:
    while events := kept.events(run_id, after=last, step_id=step, limit=PAGE):
        for event in events:
            output.line(_text(event, format))
        last = events[-1].sequence
    return last


def _text(event: Event, format: Format) -> str:
    if format is not Format.table:
        return json.dumps(asdict(event), ensure_ascii=False, default=str)
    at = output.moment(event.time)
    attempt = f"#{event.attempt}" if event.attempt > 1 else ""
    words = event_words(event.kind, event.text)
    return "  ".join(part for part in (at, f"{event.step_id}{attempt}", words) if part)


@app.command("cancel", help=_("Cancel a run: running steps are asked to stop, the others do not begin."))
def cancel(context: typer.Context, run: RunArgument) -> None:
    """Cancel a run, whoever carries it out."""
    from yiwang.cli.driving import settle
    from yiwang.core.jobs.model import Wanted

    application_ = application(context)
    kept = application_.jobs.runs
    found = kept.want(kept.find(run).id, Wanted.cancel, by=application_.actor)
    settle(application_, found.id)
    left = sum(wave.open for wave in kept.waves(found.id))
    if left:
        output.note(_("asked; {count} step(s) have yet to end: yiwang logs {run} --follow").format(count=left, run=run))
    else:
        output.note(_("run {run} is cancelled").format(run=found.id))
