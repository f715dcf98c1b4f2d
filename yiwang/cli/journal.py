"""``yiwang journal``: who did what, and proof that nobody changed the record."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.cli.root import app
from yiwang.core.errors import NotFoundError, code
from yiwang.core.i18n import N_, _

if TYPE_CHECKING:
    from yiwang.core.journal import Anchor, Verification

NO_EXPORT = code("E0003", N_("the file {file} cannot be read: {reason}"), N_("check its name and your rights"))

journal = typer.Typer(help=_("The record of who did what."), no_args_is_help=True)
app.add_typer(journal, name="journal")

AnchorOption = Annotated[
    str | None, typer.Option(help=_("ENTRIES:HASH, or the file that an export wrote its anchor to."))
]


@journal.command("list", help=_("List the newest entries."))
def list_entries(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help=_("At most so many."))] = 50,
    format: FormatOption = Format.table,
) -> None:
    """List the newest entries, the newest last."""
    columns = (
        Column("sequence", _("entry")),
        Column("time", _("time")),
        Column("actor", _("who")),
        Column("action", _("what")),
        Column("subject", _("subject")),
        Column("detail", _("detail")),
    )
    entries = application(context).journal.entries(newest=limit)
    output.table("journal", columns, [asdict(entry) for entry in entries], format, empty=_("no entries yet"))


@journal.command("export", help=_("Write all entries as JSON lines, and the anchor that proves their number."))
def export(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help=_("Where to; standard output when left out."))] = None,
    anchor: Annotated[Path | None, typer.Option(help=_("Also write the anchor to this file."))] = None,
) -> None:
    """Write all entries as JSON lines."""
    from yiwang.core.journal import EMPTY, Anchor

    head = EMPTY
    with nullcontext(sys.stdout) if file is None else file.open("w", encoding="utf-8") as out:
        for entry in application(context).journal.entries():
            out.write(f"{entry.line()}\n")
            head = Anchor(entry.sequence, entry.hash)
    if anchor is not None:
        anchor.write_text(f"{head}\n", encoding="utf-8")
    output.note(_("anchor: {anchor}").format(anchor=head))


@journal.command("verify", help=_("Prove that no entry was changed, removed or reordered."))
def verify(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help=_("An exported journal; the database is not touched."))] = None,
    anchor: AnchorOption = None,
) -> None:
    """Verify the journal of the database, or an exported one."""
    from yiwang.core.journal import parse_anchor

    given = parse_anchor(anchor) if anchor else None
    checked = _verify_file(file, given) if file else application(context).journal.verify(given)
    for problem in checked.problems:
        output.note(f"{problem.error.id} {problem.message}")
    checked.require()
    output.note(_("the journal verifies: {count} entries").format(count=checked.head.entries))
    output.line(str(checked.head))
    if given is None:
        output.note(_("keep this anchor elsewhere: only against one does a cut-off end show"))


def _verify_file(file: Path, anchor: Anchor | None) -> Verification:
    from yiwang.core.journal import read_export, verify

    try:
        with file.open(encoding="utf-8", newline="\n") as lines:
            return verify(read_export(lines), anchor)
    except (OSError, UnicodeDecodeError) as error:
        raise NotFoundError(NO_EXPORT, file=file, reason=error) from error
