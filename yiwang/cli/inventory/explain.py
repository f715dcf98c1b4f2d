"""``yiwang inventory explain``: where each effective value of an object came from."""

from __future__ import annotations

from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.inventory import inventory
from yiwang.cli.output import Column
from yiwang.core.i18n import _


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
    columns = [
        Column("key", _("key")),
        Column("value", _("value")),
        Column("layer", _("layer")),
        Column("position", _("position"), fold=False),
        Column("overrides", _("overrides")),
    ]
    rows = [
        {
            "key": each.key,
            "value": each.value,
            "layer": each.layer,
            "position": each.position,
            "overrides": [f"{layer}: {output.cell(value)}" for layer, value in each.overrides],
        }
        for each in explain_object(loaded, name)
    ]
    output.table("explanation", columns, rows, format)
