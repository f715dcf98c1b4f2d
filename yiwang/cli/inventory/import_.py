"""``yiwang inventory import``: bulk lists into the estate's files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.inventory import inventory
from yiwang.core.errors import ListError, UsageError, code, suggestion
from yiwang.core.i18n import N_, _

if TYPE_CHECKING:
    from yiwang.inventory.lists.change import Plan
    from yiwang.inventory.lists.columns import Column, Listing

NOT_IMPORTABLE = code("E1218", N_('lists of "{given}" cannot be imported{suggestion}'), N_("known kinds: {known}"))
BAD_MAPPING = code(
    "E1219",
    N_('--mapping "{given}": {reason}'),
    N_("write HEADING=KEY, for example 单位全称=title; known keys: {known}"),
)
NO_LIST = code("E1220", N_("no list was given"), N_("name a CSV or xlsx file, or ask for an empty one with --template"))


@inventory.command("import", help=_("Bring a list (CSV or xlsx) into the estate."))
def import_list(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help=_("List to read: CSV or xlsx."))] = None,
    kind: Annotated[
        str, typer.Option(help=_("What it lists: organisations, devices, nodes, addresses or systems."))
    ] = "",
    region: Annotated[str | None, typer.Option(help=_("Region, by code or title, of rows that name none."))] = None,
    mapping: Annotated[
        list[str] | None, typer.Option(metavar="HEADING=KEY", help=_("What a heading of this list means."))
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Show what would change and write nothing."))] = False,
    template: Annotated[
        str | None, typer.Option(metavar="KIND", help=_("Write an empty list of this kind to fill in."))
    ] = None,
    estate: EstateOption = None,
    format: output.FormatOption = output.Format.table,
) -> None:
    """Show what the list adds and changes, and write it unless ``--dry-run``."""
    from yiwang.inventory.lists.change import plan_import
    from yiwang.inventory.lists.edit import apply
    from yiwang.inventory.lists.sheet import read_sheet

    if template:
        _write_template(_listing(template), file)
        return
    listing = _listing(kind)
    if file is None:
        raise UsageError(NO_LIST)
    app = application(context)
    loaded = app.load_estate(estate)
    limit = app.settings.inventory.max_file_mib
    sheet = read_sheet(file, listing, mapping=_mapping(listing, mapping or []), max_file_mib=limit)
    plan = plan_import(loaded, listing.kind, sheet, region=region)
    if plan.findings:
        raise ListError(plan.findings)
    _show(plan, format)
    if not dry_run:
        for written in apply(loaded, plan.changes):
            output.note(_("written: {file}").format(file=written))


def _listing(kind: str) -> Listing:
    from yiwang.inventory.lists.change import IMPORTABLE
    from yiwang.inventory.lists.columns import listings

    if kind not in IMPORTABLE:
        near = suggestion(kind, IMPORTABLE)
        raise UsageError(NOT_IMPORTABLE, given=kind, suggestion=near, known=", ".join(IMPORTABLE))
    return listings()[kind]


def _mapping(listing: Listing, given: list[str]) -> dict[str, Column]:
    known = {column.key: column for column in listing.columns}
    found: dict[str, Column] = {}
    for each in given:
        heading, equals, key = each.partition("=")
        if not equals or key.strip() not in known:
            reason = N_("the key is unknown") if equals else N_("the equals sign is missing")
            raise UsageError(BAD_MAPPING, given=each, reason=reason, known=", ".join(known))
        found[heading.strip()] = known[key.strip()]
    return found


def _write_template(listing: Listing, file: Path | None) -> None:
    from yiwang.core.writing import write_files
    from yiwang.inventory.lists.template import template

    target = file or Path(f"{listing.zh}.xlsx")
    write_files({target: template(listing)})
    output.note(_("written: {file}").format(file=target))


def _show(plan: Plan, format: output.Format) -> None:
    actions = {"added": _("added"), "changed": _("updated"), "unchanged": _("unchanged")}
    columns = [
        output.Column("action", _("action")),
        output.Column("name", _("name"), fold=False),
        output.Column("key", _("key")),
        output.Column("old", _("old")),
        output.Column("new", _("new")),
        output.Column("row", _("row")),
    ]
    is_table = format is output.Format.table
    rows = [
        {
            "action": actions[change.action] if is_table else change.action,
            "kind": change.kind,
            "name": change.name,
            "key": ".".join(path),
            "old": old,
            "new": new,
            "row": change.row.line,
        }
        for change in plan.changes
        for path, old, new in change.values
    ]
    output.table("changes", columns, rows, format, empty=_("nothing changes"))
    counts = {action: sum(change.action == action for change in plan.changes) for action in actions}
    output.note(_("{added} added, {changed} changed, {unchanged} unchanged").format(**counts))
    if plan.ignored:
        output.note(_("columns without a meaning here: {headings}").format(headings=", ".join(plan.ignored)))
