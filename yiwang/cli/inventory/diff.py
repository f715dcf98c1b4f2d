"""``yiwang inventory diff``: what differs between two estates or two revisions, in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.inventory import inventory
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.inventory.diff.compare import Difference
    from yiwang.inventory.diff.revision import Version

STYLES = {"+": "green", "-": "red", "~": "yellow"}


@inventory.command("diff", help=_("Tell what differs between two estates or git revisions."))
def diff(
    context: typer.Context,
    before: Annotated[str, typer.Argument(metavar="A", help=_("Folder or git revision, such as HEAD~1 or v1:path."))],
    after: Annotated[
        str | None, typer.Argument(metavar="B", help=_("Folder or git revision; default: the estate as it is now."))
    ] = None,
    all: Annotated[bool, typer.Option("--all", help=_("Name every object, however many."))] = False,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help=_("Exit with 2 when something differs."))
    ] = False,
    estate: EstateOption = None,
    format: output.FormatOption = output.Format.table,
) -> None:
    """Compare effective values from A to B."""
    from yiwang.inventory.diff.compare import compare
    from yiwang.inventory.diff.revision import open_version

    app = application(context)
    are_folders = after is not None and Path(before).exists() and Path(after).exists()
    folder = Path(before) if are_folders else app.estate_folder(estate)
    with (
        open_version(before, folder, app.load_folder) as old,
        open_version(after or str(folder), folder, app.load_folder) as new,
    ):
        difference = compare(old.estate, new.estate)
        _show(difference, old, new, format, is_whole=all)
    if difference and detailed_exitcode:
        raise typer.Exit(2)


def _show(difference: Difference, old: Version, new: Version, format: output.Format, *, is_whole: bool) -> None:
    from rich.text import Text

    from yiwang.inventory.diff.words import SHOWN, tell

    if format is not output.Format.table:
        columns = [output.Column(key, key) for key in ("action", "kind", "names", "key", "old", "new", "positions")]
        output.table("difference", columns, _rows(difference, old, new), format)
        return
    for sign, text in tell(difference, old, new, shown=10**9 if is_whole else SHOWN):
        output.console().print(Text(f"{sign} {text}", style=STYLES[sign]), soft_wrap=True)
    came, went = (sum(map(len, part.values())) for part in (difference.added, difference.removed))
    told = _("{old} → {new}: {added} added, {removed} removed, {changed} kind(s) of change")
    counts = {"added": came, "removed": went, "changed": len(difference.changed)}
    output.note(told.format(old=old.label, new=new.label, **counts) if difference else _("nothing differs"))


def _rows(difference: Difference, old: Version, new: Version) -> list[dict[str, Any]]:
    parts = (("added", difference.added), ("removed", difference.removed))
    rows: list[dict[str, Any]] = [
        {"action": action, "kind": kind, "names": list(names)}
        for action, objects in parts
        for kind, names in objects.items()
    ]
    for change in difference.changed:
        version = old if change.new is None else new
        rows.append(
            {
                "action": "changed",
                "kind": change.kind,
                "names": list(change.names),
                "key": change.key,
                "old": change.old,
                "new": change.new,
                "positions": [version.place(at) for at in change.positions],
            }
        )
    return rows
