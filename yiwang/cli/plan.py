"""``yiwang plan``, ``plans``, ``approve`` and ``apply``: from a look at the nodes to a rollout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.driving import carry_out
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.cli.root import app
from yiwang.core.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from yiwang.core.evidence import Observation
    from yiwang.deploy.grouping import Group
    from yiwang.deploy.plan import Plan
    from yiwang.deploy.planning import Look
    from yiwang.deploy.service import Deployment

CHANGES = 2
SOME_FAILED = 4
SHOWN_NAMES = 4
KINDS = {
    "file": N_("file"),
    "folder": N_("folder"),
    "link": N_("link"),
    "line": N_("line"),
    "package": N_("package"),
    "service": N_("service"),
    "user": N_("account"),
    "group": N_("group"),
    "sysctl": N_("kernel setting"),
    "command": N_("command"),
}

SelectorArgument = Annotated[
    str, typer.Argument(metavar="SELECTOR", help=_("Only these nodes, such as county=410621."))
]
PlanArgument = Annotated[str, typer.Argument(metavar="PLAN", help=_("The plan's id, or how it begins."))]
ExpandOption = Annotated[bool, typer.Option("--expand", help=_("Show every difference in full."))]
DetailOption = Annotated[bool, typer.Option("--detailed-exitcode", help=_("Exit with 2 when something would change."))]


@app.command("plan", help=_("Look at the nodes and show what would change; nothing is changed."))
def plan(
    context: typer.Context,
    selector: SelectorArgument = "",
    estate: EstateOption = None,
    expand: ExpandOption = False,
    detailed: DetailOption = False,
    format: FormatOption = Format.table,
) -> None:
    """Make a plan and keep it."""
    application_ = application(context)
    deployment = application_.deployment(estate)
    with _looking() as report:
        made = deployment.plan(selector, requester=application_.actor, report=report)
    _show(made, format, is_expanded=expand)
    _tell_strategy(deployment, made)
    if format is Format.table:
        _tell_next(deployment, made)
    if made.problems:
        raise typer.Exit(SOME_FAILED)
    if detailed and made.changing:
        raise typer.Exit(CHANGES)


@contextmanager
def _looking() -> Iterator[Callable[[Look], None]]:
    console = output.console(stderr=True)
    if not console.is_terminal:
        yield lambda _look: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(_("looking at nodes"), total=None)
        yield lambda look: bar.update(task, completed=look.done, total=look.total, description=look.target.name)


def _show(shown: Plan, format: Format, *, is_expanded: bool) -> None:
    from yiwang.deploy.grouping import grouped

    groups = grouped(shown.changing)
    if format is not Format.table:
        output.document("plan", _document(shown, groups))
        return
    for group in groups:
        _show_group(group, is_expanded=is_expanded)
    for target in shown.problems:
        output.line(f"! {target.name}: {target.problem}")
    words = _(
        "plan {plan}: {changing} of {total} nodes change, {same} are as declared, {silent} could not be looked at"
    )
    counts = {"changing": len(shown.changing), "total": len(shown.targets), "silent": len(shown.problems)}
    same = counts["total"] - counts["changing"] - counts["silent"]
    output.note(words.format(plan=shown.id, same=same, **counts))


def _show_group(group: Group, *, is_expanded: bool) -> None:
    from rich.text import Text

    change, console = group.change, output.console()
    head = Text.assemble(
        ("~ ", "yellow"),
        (f"{change['component']} ", "bold"),
        change["title"],
        (f"  {_(KINDS.get(change['kind'], change['kind']))} {change['path']}", "dim"),
        ("  " + _names(group.targets, is_expanded=is_expanded), "cyan"),
        # Plans that were kept by earlier versions do not say it.
        ("" if change.get("is_undone", True) else "  " + _("no rollback"), "yellow"),
    )
    console.print(head)
    if change["unsure"]:
        console.print(Text(f"    {change['unsure']}", "yellow"))
    if is_expanded:
        for line in change["diff"].splitlines():
            console.print(Text(f"    {line}", {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")))
        for command in () if change["diff"] else change["commands"]:
            console.print(Text(f"    $ {command}", "dim"))


def _names(names: tuple[str, ...], *, is_expanded: bool) -> str:
    if is_expanded or len(names) <= SHOWN_NAMES:
        return _(", ").join(names)
    shown = _(", ").join(names[:SHOWN_NAMES])
    return _("{names} and {count} more").format(names=shown, count=len(names) - SHOWN_NAMES)


def _document(shown: Plan, groups: tuple[Group, ...]) -> dict[str, Any]:
    return {
        "plan": shown.id,
        "created": shown.created.isoformat(),
        "requester": shown.requester,
        "selector": shown.selector,
        "fingerprint": shown.fingerprint,
        "waves": [
            {"title": wave.title, "targets": list(wave.targets), "lead": list(wave.lead)} for wave in shown.waves
        ],
        "changes": [{**group.change, "targets": list(group.targets)} for group in groups],
        "problems": [{"target": target.name, "problem": target.problem} for target in shown.problems],
        "unchanged": [target.name for target in shown.targets if not target.changes and not target.problem],
    }


def _tell_strategy(deployment: Deployment, made: Plan) -> None:
    has_playbooks = any("playbooks" in target.specification for target in made.targets)
    if has_playbooks and deployment.tools.playbooks.lacks_mitogen:
        output.note(_("mitogen is not installed; playbooks run without it"))


def _tell_next(deployment: Deployment, made: Plan) -> None:
    if not made.changing:
        return
    for number, wave in enumerate(made.waves, 1):
        names = _(", then ").join(_names(names, is_expanded=False) for names in wave.rounds)
        words = _("  wave {number} {title}: {names}").format(number=number, title=wave.title, names=names)
        output.note(words)
    if deployment.estate.rollout.approvals:
        output.note(_("  next, by someone else: yiwang approve {plan}").format(plan=made.id))
    else:
        output.note(_("  next: yiwang apply {plan}").format(plan=made.id))


@app.command("approve", help=_("Approve a plan that someone else made."))
def approve(
    context: typer.Context,
    plan: PlanArgument,
    estate: EstateOption = None,
    note: Annotated[str, typer.Option(help=_("A word for the journal."))] = "",
) -> None:
    """Approve a plan."""
    application_ = application(context)
    deployment = application_.deployment(estate)
    found = deployment.plans.find(plan)
    given = deployment.approve(found, application_.actor, note=note)
    words = _("{plan} approved by {person} until {until}; {given} of {needed} approvals")
    approved = len(deployment.approvals.of(found))
    needed = deployment.estate.rollout.approvals
    until = output.moment(given.expires)
    output.note(words.format(plan=found.id, person=given.approver, until=until, given=approved, needed=needed))


@app.command("apply", help=_("Carry an approved plan out, wave by wave."))
def apply(
    context: typer.Context, plan: PlanArgument, estate: EstateOption = None, format: FormatOption = Format.table
) -> None:
    """Carry an approved plan out."""
    application_ = application(context)
    deployment = application_.deployment(estate)
    run = deployment.begin(deployment.plans.find(plan), application_.actor)
    output.note(_("run {run}; from elsewhere: yiwang runs watch {run}").format(run=run.id))
    raise typer.Exit(carry_out(application_, run.id, format))


@app.command("rollback", help=_("Put back what a rollout changed; says what cannot be undone."))
def rollback(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help=_("The rollout's id, or how it begins."))],
    selector: SelectorArgument = "",
    estate: EstateOption = None,
) -> None:
    """Put back what a rollout changed."""
    application_ = application(context)
    deployment = application_.deployment(estate)
    found = application_.jobs.runs.find(run)
    begun = deployment.begin_rollback(found, selector, application_.actor)
    code = carry_out(application_, begun.id)
    for step in application_.jobs.runs.steps(begun.id):
        _tell_rollback(step.target, step.result or {})
    raise typer.Exit(code)


def _tell_rollback(target: str, result: Mapping[str, Any]) -> None:
    restored, cannot = result.get("restored", []), result.get("cannot", [])
    words = _("{target}: {count} put back")
    output.note(words.format(target=target, count=len(restored)))
    for name in cannot:
        output.note(_("  cannot be undone: {name}").format(name=name))


@app.command("drift", help=_("Look whether nodes are still as declared, and keep the verdict; nothing is changed."))
def drift(
    context: typer.Context,
    selector: SelectorArgument = "",
    estate: EstateOption = None,
    detailed: DetailOption = False,
    format: FormatOption = Format.table,
) -> None:
    """Look whether nodes are still as declared."""
    application_ = application(context)
    begun = application_.deployment(estate).begin_drift(selector, application_.actor)
    code = carry_out(application_, begun.id)
    rows = [_drift_row(each, format) for each in application_.evidence.history(run=begun.id, kind="drift")]
    columns = (Column("node", _("node"), fold=False), Column("verdict", _("verdict")), Column("changes", _("changes")))
    output.table("drift", columns, sorted(rows, key=lambda row: row["node"]), format)
    if detailed and not code and any(row["changed"] for row in rows):
        raise typer.Exit(CHANGES)
    raise typer.Exit(code)


VERDICTS = {"pass": N_("as declared"), "fail": N_("drifted"), "unknown": N_("cannot tell")}


def _drift_row(seen: Observation, format: Format) -> dict[str, Any]:
    changes = [f"{each['component']}: {each['title']}" for each in seen.detail.get("changes", [])]
    return {
        "node": seen.subject.name,
        "verdict": _(VERDICTS[seen.verdict]) if format is Format.table else seen.verdict,
        "changes": changes or ([seen.detail["text"]] if "text" in seen.detail else []),
        "changed": bool(changes),
    }


plans = typer.Typer(
    help=_("Plans that were made: who approved them, which runs carried them out."), no_args_is_help=True
)
app.add_typer(plans, name="plans")


@plans.command("list", help=_("List plans, the newest first."))
def list_plans(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help=_("At most so many."))] = 20,
    format: FormatOption = Format.table,
) -> None:
    """List plans."""
    from yiwang.deploy.plans import Plans

    kept = Plans(application(context).database)
    columns = (
        Column("plan", _("plan"), fold=False),
        Column("selector", _("selector")),
        Column("requester", _("requester")),
        Column("targets", _("nodes")),
        Column("runs", _("runs")),
        Column("created", _("created")),
    )
    rows = [
        {
            "plan": each.id,
            "selector": each.selector,
            "requester": each.requester,
            "targets": sum(len(wave.targets) for wave in each.waves),
            "runs": kept.runs(each.id),
            "created": output.moment(each.created, format),
        }
        for each in kept.all(limit=limit)
    ]
    output.table("plans", columns, rows, format, empty=_("no plans yet; make one: yiwang plan"))


@plans.command("show", help=_("Show a plan with its approvals."))
def show(
    context: typer.Context, plan: PlanArgument, expand: ExpandOption = False, format: FormatOption = Format.table
) -> None:
    """Show a plan."""
    from yiwang.deploy.approval import Approvals
    from yiwang.deploy.plans import Plans

    database = application(context).database
    found = Plans(database).find(plan)
    _show(found, format, is_expanded=expand)
    if format is Format.table:
        for each in Approvals(database).of(found):
            words = _("approved by {person} until {until} {note}")
            output.note(words.format(person=each.approver, until=output.moment(each.expires), note=each.note).rstrip())
