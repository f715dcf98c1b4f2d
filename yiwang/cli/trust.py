"""``yiwang trust``: pin the host keys that nodes and devices show."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yiwang.cli import output
from yiwang.cli.context import EstateOption, application
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.cli.root import app
from yiwang.core.i18n import N_, _

if TYPE_CHECKING:
    from yiwang.deploy.trust import Meeting

SOME_FAILED = 4
VERDICTS = {
    "new": N_("new"),
    "same": N_("as pinned"),
    "changed": N_("CHANGED"),
    "silent": N_("no answer"),
}


@app.command("trust", help=_("Pin the host keys of nodes and devices that have none, once you have compared them."))
def trust(
    context: typer.Context,
    selector: Annotated[
        str, typer.Argument(metavar="SELECTOR", help=_("Only these nodes and devices, such as county=410621."))
    ] = "",
    estate: EstateOption = None,
    again: Annotated[bool, typer.Option("--again", help=_("Also compare the keys that are pinned."))] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=_("Write without asking."))] = False,
    format: FormatOption = Format.table,
) -> None:
    """Pin host keys."""
    from yiwang.deploy.trust import meet, pin, require_unchanged
    from yiwang.inventory.selector import parse_selector

    application_ = application(context)
    folder = application_.estate_folder(estate)
    loaded = application_.load_estate(folder)
    chosen = parse_selector(selector) if selector else None
    with _asking() as report:
        meetings = meet(loaded, chosen, application_.tools(str(folder)).secrets, again=again, report=report)
    _show(meetings, format)
    new = [each for each in meetings if each.verdict == "new"]
    if new and _agreed(len(new), yes=yes):
        for file in pin(loaded, new, application_.database, person=application_.actor):
            output.note(_("written: {file}").format(file=file))
    require_unchanged(meetings)
    if any(each.verdict == "silent" for each in meetings):
        raise typer.Exit(SOME_FAILED)


def _agreed(count: int, *, yes: bool) -> bool:
    if yes:
        return True
    if not sys.stdin.isatty():
        output.note(_("nothing was written; to write the new keys: --yes"))
        return False
    question = _("Have you compared them on the machines' own consoles, and write {count} new key(s)?")
    return typer.confirm(question.format(count=count), err=True)


@contextmanager
def _asking() -> Iterator[Callable[[Meeting, int, int], None]]:
    console = output.console(stderr=True)
    if not console.is_terminal:
        yield lambda _meeting, _done, _total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    with Progress(
        BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), console=console, transient=True
    ) as bar:
        task = bar.add_task(_("asking for host keys"), total=None)
        yield lambda met, done, total: bar.update(task, completed=done, total=total, description=met.reach.name)


def _show(meetings: Sequence[Meeting], format: Format) -> None:
    columns = (
        Column("name", _("name"), fold=False),
        Column("address", _("address"), fold=False),
        Column("key", _("key")),
        Column("fingerprint", _("fingerprint")),
        Column("verdict", _("verdict")),
        Column("pinned", _("pinned")),
    )
    output.table(
        "host keys", columns, [_row(each, format) for each in meetings], format, empty=_("every key is pinned")
    )
    if format is Format.table:
        for each in meetings:
            if each.problem:
                output.note(f"! {each.reach.name}: {each.problem}")


def _row(met: Meeting, format: Format) -> dict[str, Any]:
    is_table = format is Format.table
    return {
        "name": met.reach.name,
        "kind": met.reach.kind.removesuffix("s"),
        "address": met.reach.host if met.reach.port == 22 else f"{met.reach.host}:{met.reach.port}",
        "key": met.kind if is_table else met.key,
        "fingerprint": met.fingerprint,
        "verdict": _(VERDICTS[met.verdict]) if is_table else met.verdict,
        "pinned": met.pinned if met.verdict == "changed" or not is_table else (),
        "problem": met.problem,
    }
