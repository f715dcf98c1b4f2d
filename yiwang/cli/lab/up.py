"""``yiwang lab up``, ``down`` and ``list``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.lab import lab
from yiwang.cli.lab.hosts import show_status
from yiwang.cli.lab.options import LabOption
from yiwang.cli.lab.progress import shown
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.app import App
    from yiwang.lab.drafting import Request
    from yiwang.lab.raising import Raised

SOME_SILENT = 4


@lab.command("up", help=_("Bring the estate, or a part of it, up on this machine as real hosts and routers."))
def up(
    context: typer.Context,
    estate: Annotated[
        str, typer.Argument(metavar="[ESTATE]", help=_("Folder of the estate; default: the nearest one."))
    ] = "",
    selector: Annotated[str, typer.Argument(metavar="[SELECTOR]", help=_("Only these, such as county=410621."))] = "",
    name: Annotated[str, typer.Option("--lab", metavar="NAME", help=_("Name of the lab; default: the estate's."))] = "",
    only: Annotated[
        bool, typer.Option("--only", help=_("Exactly what is selected, without what it leans on (bastion, mirror, …)."))
    ] = False,
    bare: Annotated[
        bool, typer.Option("--bare", help=_("Devices as they come from the box: a management port, no configuration."))
    ] = False,
    configurations: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            exists=True,
            file_okay=False,
            help=_("Folder of NAME.cfg files as collected from real devices; those devices start with them."),
        ),
    ] = None,
    server: Annotated[
        list[str] | None,
        typer.Option(
            "--server",
            metavar="ADAPTER",
            help=_("With the department's server that this adapter connects to (repeatable); all: with every one."),
        ),
    ] = None,
    fallback: Annotated[
        bool, typer.Option("--fallback", help=_("Plain namespaces without systemd, where systemd-nspawn is missing."))
    ] = False,
    format: FormatOption = Format.table,
) -> None:
    """Bring a lab up, or start what is off in one that is there."""
    from yiwang.inventory.selector import parse_selector
    from yiwang.lab.drafting import Request

    app = application(context).outside_lab()
    # `yiwang lab up county=410621` in the estate's folder: the one word is the selector.
    if estate and not selector and not (Path(estate) / "estate.yaml").is_file() and not Path(estate).is_dir():
        estate, selector = "", estate
    folder = app.estate_folder(Path(estate) if estate else None)
    declared = app.load_estate(folder)
    chosen = parse_selector(selector) if selector else None
    request = Request(
        name or declared.header.name,
        chosen,
        is_exact=only,
        is_bare=bare,
        is_plain=fallback,
        servers=tuple(server or ()),
        configurations=configurations,
    )
    raised = _raised(app, folder, request)
    show_status(raised.lab, format)
    tell_raised(raised)


def _raised(app: App, folder: Path, request: Request) -> Raised:
    from yiwang.lab.raising import raise_lab

    with shown() as report:
        return raise_lab(
            app.load_estate(folder),
            request,
            vault=app.vault(folder),
            settings=app.settings.lab,
            report=report,
        )


def tell_raised(raised: Raised) -> None:
    """Say how long it took, what does not answer, and leave with exit code 4 if something does not."""
    hosts = len(raised.lab.layout.hosts)
    words = _("{hosts} host(s) in {seconds:.1f} s; work in the lab with: yiwang lab run")
    output.note(words.format(hosts=hosts, seconds=raised.boot_seconds))
    omissions = len({each.kind for each in raised.lab.layout.omissions})
    output.note(_("{count} things are not as in reality: yiwang lab limits").format(count=omissions))
    for name in raised.silent:
        output.note(_("{host} does not answer; its boot: yiwang lab console {host}").format(host=name))
    if raised.silent:
        raise typer.Exit(SOME_SILENT)


@lab.command("down", help=_("Take a lab down; nothing of it stays."))
def down(
    context: typer.Context,
    name: LabOption = "",
    all: Annotated[bool, typer.Option("--all", help=_("Every lab of this machine."))] = False,
) -> None:
    """Take a lab down."""
    from yiwang.lab.lowering import lower
    from yiwang.lab.readiness import require_root
    from yiwang.lab.state import find_lab, lab_folders

    require_root()
    wanted = name or application(context).settings.lab.name
    for folder in lab_folders() if all else (find_lab(wanted),):
        lower(folder)
        output.note(_("the lab {name} is gone").format(name=folder.name))


@lab.command("list", help=_("List the labs of this machine."))
def list_labs(format: FormatOption = Format.table) -> None:
    """List the labs of this machine."""
    from yiwang.lab.lab import Lab
    from yiwang.lab.state import lab_folders

    columns = (
        Column("lab", _("lab")),
        Column("estate", _("estate")),
        Column("hosts", _("hosts")),
        Column("running", _("up")),
        Column("network", _("management network")),
    )
    labs = [Lab(folder, folder.read()) for folder in lab_folders()]
    rows = [
        {
            "lab": each.layout.name,
            "estate": each.layout.estate,
            "hosts": len(each.machines),
            "running": sum(machine.init is not None for machine in each.machines),
            "network": str(each.layout.network),
        }
        for each in labs
    ]
    output.table("labs", columns, rows, format, empty=_("there is no lab on this machine; bring one up: yiwang lab up"))
