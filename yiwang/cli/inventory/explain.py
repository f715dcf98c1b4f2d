"""``yiwang inventory explain``: where each effective value of an object came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.inventory import inventory
from yiwang.cli.output import Column
from yiwang.core.i18n import N_, _

if TYPE_CHECKING:
    from yiwang.inventory.explain import Explanation


@inventory.command("explain", help=_("Tell where each effective value of an object came from."))
def explain(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help=_("Name of the object, or kind/name."))],
    estate: EstateOption = None,
    format: output.FormatOption = output.Format.table,
) -> None:
    """Each value with the layer and the line that gave it, and what it overrode."""
    from yiwang.inventory.explain import explain_object

    loaded = application(context).load_estate(estate)
    explained = list(explain_object(loaded, name))
    if format is output.Format.table:
        columns = [Column("key", _("key"), fold=False), Column("value", _("value")), Column("origin", _("origin"))]
        output.table("explanation", columns, map(_for_people, explained))
        return
    columns = [
        Column("key", _("key")),
        Column("value", _("value")),
        Column("layer", _("layer")),
        Column("position", _("position")),
        Column("overrides", _("overrides")),
    ]
    output.table("explanation", columns, map(_for_machines, explained), format)


LAYERS = {
    "defaults": N_("defaults"),
    "region": N_("region"),
    "group": N_("group"),
    "object": N_("the object itself"),
}


def _layer(label: str) -> str:
    kind, _space, name = label.partition(" ")
    return f"{_(LAYERS[kind])} {name}".rstrip()


def _for_people(each: Explanation) -> dict[str, str]:
    instead = [
        _("instead of {value} ({layer})").format(value=output.cell(value), layer=_layer(layer))
        for layer, value in reversed(each.overrides)
    ]
    return {
        "key": each.key,
        "value": "\n".join((output.cell(each.value), *instead)),
        "origin": f"{_layer(each.layer)}\n{each.position}",
    }


def _for_machines(each: Explanation) -> dict[str, object]:
    overrides = [{"layer": layer, "value": value} for layer, value in each.overrides]
    return {
        "key": each.key,
        "value": each.value,
        "layer": each.layer,
        "position": each.position,
        "overrides": overrides,
    }
