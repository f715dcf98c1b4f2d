"""``yiwang runs watch``, ``resume``, ``retry``, ``pause`` and ``yiwang cancel``: seeing runs through, from anywhere."""

from __future__ import annotations

from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.logs import AfterOption
from yiwang.cli.output import Format, FormatOption
from yiwang.cli.root import app
from yiwang.cli.runs import RunArgument, runs
from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_, _

WHICH = code(
    "E0023",
    N_("nothing says which failed steps are to be tried again"),
    N_("name nodes, or give --failed for all of them"),
)


@runs.command("watch", help=_("Watch a run until it rests; whoever carries it out is not disturbed."))
def watch(
    context: typer.Context,
    run: RunArgument,
    stay: Annotated[bool, typer.Option("--stay", help=_("Stay when it pauses or halts, until it is over."))] = False,
    after: AfterOption = 0,
    format: FormatOption = Format.table,
) -> None:
    """Watch a run from another terminal; exit codes as when one carries it out."""
    from yiwang.cli.driving import conclude
    from yiwang.cli.live.follow import follow
    from yiwang.cli.live.showing import show_of
    from yiwang.core.jobs.watching import OVER, RESTING, Watch

    application_ = application(context)
    run_id = application_.jobs.runs.find(run).id
    ends = OVER if stay else OVER | RESTING
    show = show_of(application_, run_id, format, is_ours=False, after=after)
    try:
        follow(Watch(application_.database, run_id), show, until=lambda sight: sight.run.state in ends)
    finally:
        show.close()
    raise typer.Exit(conclude(application_, application_.jobs.runs.find(run_id)))


@runs.command("resume", help=_("Go on with a run that was paused, halted, killed or partly failed."))
def resume(context: typer.Context, run: RunArgument, format: FormatOption = Format.table) -> None:
    """Go on with a run: the rows say what is left."""
    from yiwang.cli.driving import carry_out
    from yiwang.core.jobs.model import RunState, Wanted

    application_ = application(context)
    kept = application_.jobs.runs
    found = kept.find(run)
    newest = kept.newest_event(found.id)
    # Resuming what is done does nothing, so that a script may simply repeat the command.
    if found.state is not RunState.done and (found.state, found.wanted) != (RunState.open, Wanted.run):
        found = kept.reopen(found.id, by=application_.actor)
    raise typer.Exit(carry_out(application_, found.id, format, after=newest.sequence if newest else 0))


@runs.command("retry", help=_("Try failed steps again, also while the run goes on."))
def retry(
    context: typer.Context,
    run: RunArgument,
    nodes: Annotated[
        list[str] | None, typer.Argument(metavar="NODE", help=_("Only these nodes, or other targets of the run."))
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help=_("All steps that failed."))] = False,
    format: FormatOption = Format.table,
) -> None:
    """Try failed steps again; carries the run out unless somebody does already."""
    from yiwang.cli.driving import carry_out
    from yiwang.core.jobs.retrying import retry_failed
    from yiwang.core.jobs.stream import target_of

    if not nodes and not failed:
        raise UsageError(WHICH)
    application_ = application(context)
    kept = application_.jobs.runs
    run_id = kept.find(run).id
    newest = kept.newest_event(run_id)
    targets = {target_of(application_.database, run_id, each) for each in nodes or ()}
    count = retry_failed(application_.database, run_id, targets=targets, by=application_.actor)
    output.note(_("{count} step(s) are tried again").format(count=count))
    if kept.controller(run_id):
        output.note(_("watch it: yiwang runs watch {run}").format(run=run_id))
        return
    raise typer.Exit(carry_out(application_, run_id, format, after=newest.sequence if newest else 0))


@runs.command("pause", help=_("Let running steps end and begin no more."))
def pause(context: typer.Context, run: RunArgument) -> None:
    """Pause a run, whoever carries it out."""
    from yiwang.cli.driving import settle
    from yiwang.core.jobs.model import Wanted

    application_ = application(context)
    kept = application_.jobs.runs
    found = kept.want(kept.find(run).id, Wanted.pause, by=application_.actor)
    settle(application_, found.id)
    output.note(_("asked; to go on: yiwang runs resume {run}").format(run=found.id))


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
        words = _("asked; {count} step(s) have yet to end: yiwang runs watch {run}")
        output.note(words.format(count=left, run=found.id))
    else:
        output.note(_("run {run} is cancelled").format(run=found.id))
