"""``yiwang inventory show``: one object with all its effective values."""

from __future__ import annotations

from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.inventory import inventory
from yiwang.core.i18n import _


@inventory.command("show", help=_("Show one object with its effective values."))
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help=_("Name of the object, or kind/name."))],
    estate: EstateOption = None,
    format: output.FormatOption = output.Format.table,
) -> None:
    """Show one object, defaults included."""
    from yiwang.inventory.loading.layers import leaves
    from yiwang.inventory.lookup import find_object

    loaded = application(context).load_estate(estate)
    kind, found, value = find_object(loaded, name)
    data = value.model_dump(mode="json")
    if format in (output.Format.json, output.Format.jsonl):
        output.document(kind.removesuffix("s"), [{"name": found, **data}])
        return
    columns = [output.Column("key", _("key")), output.Column("value", _("value"))]
    rows = [
        {"key": ".".join(map(str, path)), "value": leaf} for path, leaf in leaves(data) if leaf not in (None, {}, [])
    ]
    output.table(kind, columns, rows, format)
