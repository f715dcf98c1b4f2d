"""``yiwang explain CODE``: what an error code means and what to do."""

from __future__ import annotations

from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.root import app
from yiwang.core.errors import NotFoundError, code, suggestion
from yiwang.core.i18n import N_, _

UNKNOWN_CODE = code("E0001", N_('there is no error code "{given}"{suggestion}'), N_("`yiwang explain` lists all codes"))


@app.command("explain", help=_("Tell more about an error code."))
def explain(
    given: Annotated[str | None, typer.Argument(metavar="CODE", help=_("A code such as E1102."))] = None,
    format: output.FormatOption = output.Format.table,
) -> None:
    """Tell more about one code, or list them all."""
    from yiwang.app import error_codes

    codes = {each.id: each for each in error_codes()}
    if given is None:
        columns = [output.Column("code", _("code")), output.Column("message", _("message"))]
        rows = [{"code": each.id, "message": _(each.message)} for each in codes.values()]
        output.table("error codes", columns, rows, format)
        return
    found = codes.get(given.upper())
    if found is None:
        raise NotFoundError(UNKNOWN_CODE, given=given, suggestion=suggestion(given.upper(), codes))
    if format is not output.Format.table:
        fields = ("message", "advice", "explanation")
        output.document("error code", [{"code": found.id} | {key: _(getattr(found, key)) for key in fields}])
        return
    for text in (f"{found.id}  {_(found.message)}", _(found.explanation), f"→ {_(found.advice)}"):
        if text:
            output.console().print(text, markup=False)
