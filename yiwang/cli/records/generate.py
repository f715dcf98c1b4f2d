"""``yiwang records generate``: made-up records with planted faults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.records import records
from yiwang.cli.records.show import RecordArgument
from yiwang.core.i18n import _


@records.command("generate", help=_("Make up records, for tests and rehearsals; the same seed makes the same ones."))
def generate(
    context: typer.Context,
    name: RecordArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("CSV file to write."))],
    rows: Annotated[int, typer.Option("--rows", min=1, help=_("How many records."))] = 100,
    faults: Annotated[int, typer.Option("--faults", min=0, help=_("How many of them break a rule."))] = 0,
    truth: Annotated[
        Path | None, typer.Option("--truth", metavar="FILE", help=_("JSON lines with what was planted where."))
    ] = None,
    region: Annotated[str, typer.Option("--region", help=_("Division code or name."))] = "410600",
    seed: Annotated[int, typer.Option("--seed", help=_("Where the draw begins."))] = 1,
) -> None:
    """Make up records."""
    application(context)
    from yiwang.adapters.generator.file import write_records
    from yiwang.adapters.generator.generate import Order
    from yiwang.adapters.records.catalogue import find_record
    from yiwang.inventory.divisions import find_division

    order = Order(rows, faults, find_division(region).code, seed)
    planted = write_records(find_record(name), order, file, truth)
    output.note(_("written: {file}").format(file=file))
    output.note(_("records: {count}, wrong: {wrong}").format(count=rows, wrong=planted))
