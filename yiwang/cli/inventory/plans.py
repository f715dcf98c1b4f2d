"""``yiwang inventory plans`` and ``adopt``: the dated duties of founding documents."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.inventory import inventory
from yiwang.cli.output import Column
from yiwang.core.i18n import _


@inventory.command("plans", help=_("List the plans whose duties an estate can adopt."))
def plans(context: typer.Context, format: output.FormatOption = output.Format.table) -> None:
    """List the plans that come with Yiwang."""
    from yiwang.inventory.plans.template import load_plan, plan_names

    application(context)
    columns = [
        Column("plan", _("plan"), fold=False),
        Column("title", _("title")),
        Column("document", _("document")),
        Column("level", _("level")),
        Column("start", _("first due"), fold=False),
        Column("milestones", _("milestones")),
        Column("reports", _("reports")),
    ]
    rows = []
    for name in plan_names():
        plan = load_plan(name)
        about = {"title": plan.title, "document": plan.document, "level": plan.level, "start": plan.start}
        rows.append({"plan": name, **about, "milestones": len(plan.milestones), "reports": len(plan.reports)})
    output.table("plans", columns, rows, format)


@inventory.command("adopt", help=_("Take the duties, reports and organisations of a plan into the estate."))
def adopt(
    context: typer.Context,
    plan: Annotated[str, typer.Argument(metavar="PLAN", help=_("Name of a plan, or a YAML file of one."))],
    start: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help=_("Day on which the first duty falls due; all dates move along.")),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Show what would change and write nothing."))] = False,
    estate: EstateOption = None,
    format: output.FormatOption = output.Format.table,
) -> None:
    """Show what the plan adds, and write it unless ``--dry-run``."""
    from yiwang.inventory.plans.template import load_plan
    from yiwang.inventory.plans.write import adopt_into

    loaded = application(context).load_estate(estate)
    adoption = adopt_into(loaded, load_plan(plan), start=start.date() if start else None, dry_run=dry_run)
    columns = [
        Column("kind", _("kind")),
        Column("name", _("name"), fold=False),
        Column("due", _("due"), fold=False),
        Column("title", _("title")),
    ]
    rows = [
        {
            "kind": kind.removesuffix("s"),
            "name": name,
            "due": data.get("due", data.get("start")),
            "title": data["title"],
        }
        for kind, objects in adoption.added.items()
        for name, data in objects.items()
    ]
    output.table("adopted", columns, rows, format, empty=_("the estate has all of it"))
    text = (
        _("{added} added, {kept} kept as they are; nothing was written")
        if dry_run
        else _("✓ {added} added, {kept} kept as they are")
    )
    output.note(text.format(added=len(rows), kept=adoption.kept))
