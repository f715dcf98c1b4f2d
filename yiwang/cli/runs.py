"""``yiwang runs``: list runs, look into one, rehearse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.cli.root import app
from yiwang.cli.words import kind_word, state_word
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.app import App
    from yiwang.core.jobs.model import Run, Step, Wave
    from yiwang.core.jobs.runs import Runs

runs = typer.Typer(help=_("Runs: what is carried out, step by step."), no_args_is_help=True)
app.add_typer(runs, name="runs")

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help=_("The run's id, or how it begins."))]
FAILED_SHOWN = 20


@runs.command("list", help=_("List runs, the newest first."))
def list_runs(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help=_("At most so many."))] = 20,
    format: FormatOption = Format.table,
) -> None:
    """List runs, the newest first."""
    kept = application(context).jobs.runs
    columns = (
        Column("run", _("run"), fold=False),
        Column("title", _("title")),
        Column("state", _("state")),
        Column("done", _("done")),
        Column("failed", _("failed")),
        Column("total", _("steps")),
        Column("created", _("created")),
    )
    rows = [_run_row(run, kept.waves(run.id), format) for run in kept.all(limit=limit)]
    output.table("runs", columns, rows, format, empty=_("no runs yet"))


def _run_row(run: Run, waves: list[Wave], format: Format) -> dict[str, Any]:
    return {
        "run": run.id,
        "kind": run.kind,
        "title": run.title,
        "state": _state(run.state.value, format),
        "wanted": run.wanted.value,
        "requester": run.requester,
        "done": sum(wave.done for wave in waves),
        "failed": sum(wave.failed for wave in waves),
        "cancelled": sum(wave.cancelled for wave in waves),
        "total": sum(wave.total for wave in waves),
        "created": output.moment(run.created, format),
        "finished": output.moment(run.finished, format),
    }


def _state(state: str, format: Format) -> str:
    return state_word(state) if format is Format.table else state


@runs.command("show", help=_("Tell how a run stands: its waves, and why steps failed."))
def show(context: typer.Context, run: RunArgument, format: FormatOption = Format.table) -> None:
    """Tell how a run stands."""
    application_ = application(context)
    show_run(application_, application_.jobs.runs.find(run), format)


def show_run(application_: App, found: Run, format: Format) -> None:
    """Tell how a run stands, with all of its steps for programs."""
    kept = application_.jobs.runs
    waves = kept.waves(found.id)
    if format is not Format.table:
        steps = [_step_row(step, format) for step in kept.steps(found.id)]
        output.document("run", [_run_row(found, waves, format) | {"steps": steps}])
        return
    _show_head(kept, found, waves)
    columns = [Column(key, heading) for key, heading in _wave_headings()]
    titles, kinds = application_.wave_titles(found.id), kept.wave_kinds(found.id)
    what = {wave.number: f"{titles.get(wave.number, '')} {kind_word(kinds[wave.number])}".strip() for wave in waves}
    output.table("waves", columns, [_wave_row(wave) | {"what": what[wave.number]} for wave in waves])
    _show_running(application_, found)
    _show_failed(kept, found)


def _show_running(application_: App, run: Run) -> None:
    from yiwang.cli.live.line import clean
    from yiwang.cli.live.speech import duration
    from yiwang.core.jobs.watching import Watch

    sight = Watch(application_.database, run.id).look()
    rows = [
        {
            "target": each.target.partition("/")[2],
            "kind": kind_word(each.kind),
            "time": duration(sight.time - each.started) if each.started else _("waits"),
            "said": clean(each.said),
        }
        for each in sight.active
    ]
    if rows:
        columns = (
            Column("target", _("running on"), fold=False),
            Column("kind", _("what")),
            Column("time", _("for")),
            Column("said", _("last line")),
        )
        output.line("")
        output.table("running steps", columns, rows)


def _show_head(kept: Runs, run: Run, waves: list[Wave]) -> None:
    from yiwang.core.jobs.owner import shown

    holder = kept.controller(run.id)
    newest = kept.newest_event(run.id)
    row = _run_row(run, waves, Format.table)
    resting = _("nobody; to go on: yiwang runs resume {run}").format(run=run.id)
    nobody = resting if run.state.value in ("open", "paused", "halted", "partial") else ""
    lines = (
        (_("run"), run.id),
        (_("title"), run.title),
        (_("state"), row["state"]),
        (_("requester"), run.requester),
        (_("created"), row["created"]),
        (_("finished"), row["finished"]),
        (_("carried out by"), shown(holder) if holder else nobody),
        (_("last event"), output.moment(newest.time) if newest else ""),
    )
    for heading, value in lines:
        if value:
            output.line(f"{heading}: {value}")


def _wave_headings() -> tuple[tuple[str, str], ...]:
    return (
        ("wave", _("wave")),
        ("what", _("what")),
        ("total", _("steps")),
        ("done", _("done")),
        ("failed", _("failed")),
        ("cancelled", _("cancelled")),
        ("open", _("open")),
    )


def _wave_row(wave: Wave) -> dict[str, Any]:
    counts = {"total": wave.total, "done": wave.done, "failed": wave.failed, "cancelled": wave.cancelled}
    return {"wave": wave.number + 1, "open": wave.open} | counts


def _step_row(step: Step, format: Format) -> dict[str, Any]:
    return {
        "step": step.id,
        "target": step.target,
        "wave": step.wave,
        "kind": step.kind,
        "state": _state(step.state.value, format),
        "attempt": step.attempt,
        "failures": step.failures,
        "losses": step.losses,
        "started": output.moment(step.started, format),
        "finished": output.moment(step.finished, format),
        "error": step.error,
        "result": step.result,
    }


def _show_failed(kept: Runs, run: Run) -> None:
    from yiwang.core.jobs.model import StepState

    failed = kept.steps(run.id, state=StepState.failed, limit=FAILED_SHOWN)
    if failed:
        columns = (Column("step", _("failed step")), Column("target", _("target")), Column("error", _("error")))
        output.line("")
        output.table("failed steps", columns, [_step_row(step, Format.table) for step in failed])


@runs.command("rehearse", help=_("Practise a run: nothing is changed, each step writes a line to a file."))
def rehearse(
    context: typer.Context,
    steps: Annotated[int, typer.Option(min=1, max=100_000, help=_("How many steps."))] = 200,
    waves: Annotated[int, typer.Option(min=1, help=_("In how many waves."))] = 4,
    seconds: Annotated[float, typer.Option(min=0, help=_("How long each step takes."))] = 0.2,
    window: Annotated[int, typer.Option(min=1, help=_("How many steps run at once."))] = 8,
    apart: Annotated[bool, typer.Option("--apart", help=_("Run the steps in processes, not in threads."))] = False,
    site: Annotated[
        list[str] | None,
        typer.Option("--site", metavar="CODE", help=_("Let the workers of this site carry steps out (repeatable).")),
    ] = None,
    plan_only: Annotated[bool, typer.Option("--plan-only", help=_("Make the run, do not carry it out."))] = False,
    format: FormatOption = Format.table,
) -> None:
    """Practise a run."""
    from yiwang.cli.driving import carry_out
    from yiwang.core.jobs.rehearse import rehearsal

    application_ = application(context)
    plan = rehearsal(
        None if site else application_.rehearsal_folder,
        steps=steps,
        waves=waves,
        seconds=seconds,
        window=window,
        apart=apart,
        sites=tuple(site or ()),
        requester=application_.actor,
    )
    run = application_.jobs.runs.create(plan)
    if plan_only or format is Format.table:
        output.line(run.id)
    if not plan_only:
        raise typer.Exit(carry_out(application_, run.id, format))
