"""``yiwang inventory list``: the objects of a kind, or the targets that a selector matches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.inventory import inventory
from yiwang.cli.output import Column
from yiwang.core.i18n import N_, _

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate


# Fields short enough for a table, with their headings; `-o json` gives everything.
LIST_FIELDS = {
    "title": N_("title"),
    "region": N_("region"),
    "level": N_("level"),
    "parent": N_("parent"),
    "organisation": N_("organisation"),
    "ends": N_("ends"),
    "bandwidth_mbps": N_("Mbit/s"),
    "carrier": N_("carrier"),
    "zone": N_("zone"),
    "roles": N_("roles"),
    "role": N_("role"),
    "platform": N_("platform"),
    "system": N_("system"),
    "provider": N_("provider"),
    "consumer": N_("consumer"),
    "disposition": N_("disposition"),
    "due": N_("due"),
    "owners": N_("owners"),
    "owner": N_("owner"),
    "days": N_("days"),
    "select": N_("selector"),
}


@inventory.command("list", help=_("List nodes and devices, or the objects of another kind."))
def list_objects(
    context: typer.Context,
    selector: Annotated[str, typer.Argument(help=_("Such as county=410621,role=exchange or core-*."))] = "",
    kind: Annotated[
        str | None, typer.Option(help=_("List these instead: regions, links, organisations, systems, milestones, …"))
    ] = None,
    estate: EstateOption = None,
    format: output.FormatOption = output.Format.table,
) -> None:
    """List targets by a selector, or all objects of a kind."""
    loaded = application(context).load_estate(estate)
    if kind:
        columns, rows = _objects(loaded, kind)
    else:
        columns, rows = _targets(loaded, selector)
    output.table(kind or "targets", columns, rows, format, empty=_("nothing matches"))


def _targets(estate: Estate, selector: str) -> tuple[list[Column], list[dict[str, Any]]]:
    from yiwang.inventory.selector import parse_selector

    columns = [
        Column("name", _("name"), fold=False),
        Column("kind", _("kind")),
        Column("region", _("region")),
        Column("title", _("title")),
        Column("zone", _("zone")),
        Column("roles", _("roles")),
        Column("address", _("address"), fold=False),
    ]
    rows = [
        {
            "name": name,
            "kind": kind.removesuffix("s"),
            "region": estate.regions[target.region].title if target.region in estate.regions else target.region,
            "region_code": target.region,
            "title": target.title,
            "zone": getattr(target, "zone", ""),
            "roles": list(getattr(target, "roles", ())) or [getattr(target, "role", "")],
            "platform": getattr(target, "platform", None),
            "address": estate.address_of(target),
        }
        for kind, name, target in estate.targets(parse_selector(selector))
    ]
    return columns, rows


def _objects(estate: Estate, kind: str) -> tuple[list[Column], list[dict[str, Any]]]:
    from yiwang.core.errors import NotFoundError, suggestion
    from yiwang.inventory.lookup import UNKNOWN_KIND
    from yiwang.inventory.model import KINDS

    if kind not in KINDS:
        raise NotFoundError(UNKNOWN_KIND, given=kind, suggestion=suggestion(kind, KINDS), known=", ".join(KINDS))
    model = KINDS[kind]
    simple = [name for name in model.model_fields if name in LIST_FIELDS]
    columns = [Column("name", _("name"), fold=False), *(Column(name, _(LIST_FIELDS[name])) for name in simple)]
    rows = [
        {"name": name} | value.model_dump(mode="json", exclude_defaults=True)
        for name, value in sorted(getattr(estate, kind).items())
    ]
    return columns, rows
