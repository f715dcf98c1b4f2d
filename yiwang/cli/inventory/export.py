"""``yiwang inventory export``: the estate in the form that another tool reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.inventory import inventory
from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_, _

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate

ONLY_ANSIBLE = code(
    "E1204",
    N_("--list and --host answer Ansible and nothing else"),
    N_("leave them out, or export the format ansible"),
)


@inventory.command("export", help=_("Write the estate for another tool, or list the formats."))
def export(
    context: typer.Context,
    format: Annotated[
        str | None,
        typer.Argument(metavar="FORMAT", help=_("ansible, pyinfra, prometheus, ssh, netbox, graphml or xlsx.")),
    ] = None,
    selector: Annotated[str, typer.Argument(help=_("Only these nodes and devices, such as county=410621."))] = "",
    target: Annotated[
        Path | None, typer.Option("--output", metavar="PATH", help=_("File or folder to write to."))
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help=_("Ansible asks so for everything."))] = False,
    host: Annotated[str | None, typer.Option("--host", help=_("Ansible asks so for one host's variables."))] = None,
    estate: EstateOption = None,
) -> None:
    """Print the export, or write it below ``--output``."""
    from yiwang.inventory.exports import find_format

    if format is None:
        _list_formats()
        return
    chosen = find_format(format)
    if (listing or host) and chosen.name != "ansible":
        raise UsageError(ONLY_ANSIBLE)
    loaded = application(context).load_estate(estate)
    if host:
        output.line(chosen.module.host_text(loaded, host))
    else:
        _export(loaded, chosen.name, selector, target)


def _export(estate: Estate, name: str, selector: str, target: Path | None) -> None:
    from yiwang.core.writing import write_files
    from yiwang.inventory.exports import export_files, export_text, find_format
    from yiwang.inventory.selector import parse_selector

    format, wanted = find_format(name), parse_selector(selector)
    if target is None:
        output.line(export_text(format, estate, wanted))
        return
    made = export_files(format, estate, wanted, target)
    write_files(made)
    for file in made:
        output.note(_("written: {file}").format(file=file))


def _list_formats() -> None:
    from yiwang.inventory.exports import FORMATS

    columns = [output.Column("format", _("format")), output.Column("purpose", _("purpose"))]
    rows = [{"format": each.name, "purpose": _(each.purpose)} for each in FORMATS.values()]
    output.table("formats", columns, rows)
