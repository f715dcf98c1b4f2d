"""``yiwang network render``: what devices' configurations should be, as the estate declares it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.network import network
from yiwang.cli.output import Format, FormatOption
from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_, _

NOTHING_NAMED = code(
    "E0061",
    N_("neither a device nor a folder is named"),
    N_("name a device, or a folder for all of them: --into FOLDER"),
)


@network.command("render", help=_("Show the configuration that the estate asks of a device; no secret is in it."))
def render(
    context: typer.Context,
    device: Annotated[str, typer.Argument(metavar="[DEVICE]", help=_("Name of the device; with --into: all."))] = "",
    folder: Annotated[
        Path | None,
        typer.Option("--into", metavar="FOLDER", help=_("Write a file for each device there, to be audited.")),
    ] = None,
    selector: Annotated[
        str, typer.Option("--select", metavar="SELECTOR", help=_("Only these devices, such as county=410621."))
    ] = "",
    estate: EstateOption = None,
    format: FormatOption = Format.table,
) -> None:
    """Render devices."""
    from yiwang.inventory.selector import parse_selector

    if not device and folder is None:
        raise UsageError(NOTHING_NAMED)
    intended = application(context).intended(estate)
    if folder is None:
        _show(device, intended.text(device), format)
        return
    chosen = [device] if device else intended.selected(parse_selector(selector) if selector else None)
    texts = {name: intended.text(name) for name in chosen}
    _write(folder, texts)


def _show(device: str, text: str, format: Format) -> None:
    from yiwang.network.intent.placeholder import references

    if format is Format.table:
        sys.stdout.write(text)
    else:
        output.document("configuration", [{"device": device, "secrets": list(references(text)), "text": text}])


def _write(folder: Path, texts: dict[str, str]) -> None:
    from yiwang.core.writing import write_files

    write_files({folder / f"{name}.cfg": text.encode() for name, text in texts.items()}, mode=0o640)
    output.note(_("{count} configurations written to {folder}").format(count=len(texts), folder=folder))
