"""``yiwang lab snapshot``, ``snapshots`` and ``restore``."""

from __future__ import annotations

from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.lab import lab
from yiwang.cli.lab.hosts import show_status
from yiwang.cli.lab.options import LabOption, chosen_lab
from yiwang.cli.lab.progress import shown
from yiwang.cli.lab.up import tell_raised
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.core.i18n import _

SnapshotArgument = Annotated[str, typer.Argument(metavar="SNAPSHOT", help=_("Name of the snapshot."))]


@lab.command("snapshot", help=_("Keep the lab as it is under a name."))
def snapshot(context: typer.Context, snapshot: SnapshotArgument, name: LabOption = "") -> None:
    """Keep the lab as it is."""
    from yiwang.lab.readiness import require_root
    from yiwang.lab.snapshot import take

    require_root()
    kept = take(chosen_lab(context, name), snapshot, folder=application(context).settings.lab.folder)
    output.note(_("kept: {name}; bring it back with: yiwang lab restore {name}").format(name=kept.name))


@lab.command("snapshots", help=_("List the snapshots of a lab, whether it is up or not."))
def list_snapshots(context: typer.Context, name: LabOption = "", format: FormatOption = Format.table) -> None:
    """List the snapshots of a lab."""
    from yiwang.lab.snapshot import snapshots

    folder = application(context).settings.lab.folder
    columns = (
        Column("snapshot", _("snapshot")),
        Column("hosts", _("hosts")),
        Column("made", _("made")),
        Column("folder", _("folder")),
    )
    rows = [
        {
            "snapshot": each.name,
            "hosts": len(each.folder.read().hosts),
            "made": output.moment(each.made, format),
            "folder": str(each.folder.path),
        }
        for each in snapshots(folder, _lab_name(context, name))
    ]
    output.table("snapshots", columns, rows, format, empty=_("no snapshots yet; make one: yiwang lab snapshot NAME"))


@lab.command("restore", help=_("Bring the lab back as a snapshot kept it; what it is now goes away."))
def restore(
    context: typer.Context, snapshot: SnapshotArgument, name: LabOption = "", format: FormatOption = Format.table
) -> None:
    """Bring the lab back as a snapshot kept it."""
    from yiwang.lab.raising import restore as bring_back
    from yiwang.lab.snapshot import find_snapshot

    settings = application(context).settings.lab
    lab_name = _lab_name(context, name)
    found = find_snapshot(settings.folder, lab_name, snapshot)
    with shown() as report:
        raised = bring_back(found, lab_name, settings=settings, report=report)
    show_status(raised.lab, format)
    tell_raised(raised)


def _lab_name(context: typer.Context, given: str) -> str:
    """The lab's name, even of one that is down: given, set, the only one up, or the estate's."""
    from yiwang.lab.state import find_lab, lab_folders

    app = application(context)
    named = given or app.settings.lab.name
    if named or lab_folders():
        return named or find_lab().name
    return app.load_estate().header.name
