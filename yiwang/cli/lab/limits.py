"""``yiwang lab limits``: what this machine's kernel cannot do, and what a lab leaves out or does otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from yiwang.cli import output
from yiwang.cli.context import application
from yiwang.cli.lab import lab
from yiwang.cli.lab.options import LabOption, chosen_lab
from yiwang.cli.output import Column, Format, FormatOption
from yiwang.core.i18n import N_, _

if TYPE_CHECKING:
    from yiwang.lab.kernel import Offer
    from yiwang.lab.layout import Layout, Omission

HERE = {True: N_("here"), False: N_("not here"), None: N_("cannot tell")}
SUBJECTS_SHOWN = 6


@lab.command(
    "limits", help=_("Show what cannot be rehearsed on this machine and in this lab, and what stands in for it.")
)
def limits(context: typer.Context, name: LabOption = "", format: FormatOption = Format.table) -> None:
    """Show the limits of this machine, and of the lab where there is one."""
    from yiwang.lab.kernel import offers
    from yiwang.lab.state import lab_folders

    kernel = [_offer_row(each, format) for each in offers()]
    is_up = bool(name or application(context).settings.lab.name or lab_folders())
    omissions = _omission_rows(chosen_lab(context, name).layout, format) if is_up else []
    if format is not Format.table:
        columns = [Column(key, key) for key in ("part", "name", "is_here", "needed_for", "substitute", "subjects")]
        output.table("limits", columns, [*kernel, *omissions], format)
        return
    _show_kernel(kernel)
    if omissions:
        _show_omissions(omissions)


def _offer_row(offer: Offer, format: Format) -> dict[str, Any]:
    feature = offer.feature
    return {
        "part": "kernel",
        "name": feature.name,
        "is_here": _(HERE[offer.is_here]) if format is Format.table else offer.is_here,
        "needed_for": _(feature.needed_for),
        "substitute": "" if offer.is_here else _(feature.substitute) or _("no substitute"),
        "subjects": [],
    }


def _omission_rows(layout: Layout, format: Format) -> list[dict[str, Any]]:
    """One row for each thing that is said, with all that it is said of; people read one row for each kind."""
    said: dict[tuple[str, str], list[Omission]] = {}
    for omission in layout.omissions:
        told = "" if format is Format.table else omission.message
        said.setdefault((omission.kind, told), []).append(omission)
    return [_omission_row(omissions, format) for omissions in said.values()]


def _omission_row(omissions: list[Omission], format: Format) -> dict[str, Any]:
    first, subjects = omissions[0], [omission.subject for omission in omissions]
    details = list(dict.fromkeys(omission.detail for omission in omissions))
    is_table = format is Format.table
    return {
        "part": "lab",
        "name": first.kind,
        "is_here": False,
        "needed_for": "",
        "substitute": replace(first, detail=_folded(details)).message if is_table else first.message,
        "subjects": _folded(subjects) if is_table else subjects,
    }


def _folded(subjects: list[str]) -> str:
    if subjects == ["*"]:
        return _("every host")
    shown = ", ".join(subjects[:SUBJECTS_SHOWN])
    left = len(subjects) - SUBJECTS_SHOWN
    return _("{shown} and {count} more").format(shown=shown, count=left) if left > 0 else shown


def _show_kernel(rows: list[dict[str, Any]]) -> None:
    columns = (
        Column("name", _("kernel"), fold=False),
        Column("is_here", _("here?")),
        Column("needed_for", _("needed for")),
        Column("substitute", _("stands in for it")),
    )
    output.table("kernel", columns, rows)


def _show_omissions(rows: list[dict[str, Any]]) -> None:
    output.line("")
    columns = (Column("subjects", _("in this lab")), Column("substitute", _("what is not, or otherwise")))
    output.table("omissions", columns, rows)
