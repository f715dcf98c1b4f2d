"""``yiwang explain CODE``: what an error code means and what to do."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from yiwang.cli import output
from yiwang.cli.root import app
from yiwang.core.i18n import _


@app.command("explain", help=_("Tell more about an error code."))
def explain(
    given: Annotated[str | None, typer.Argument(metavar="CODE", help=_("A code such as E1102."))] = None,
    format: output.FormatOption = output.Format.table,
) -> None:
    """Tell more about one code, or list them all."""
    from yiwang.app import error_code, error_codes

    if given is None:
        columns = [output.Column("code", _("code")), output.Column("message", _("message"))]
        rows = [{"code": each.id, "message": _plain(each.message)} for each in error_codes()]
        output.table("error codes", columns, rows, format)
        return
    found = error_code(given)
    if format is not output.Format.table:
        fields = ("message", "advice", "explanation")
        output.document("error code", [{"code": found.id} | {key: _(getattr(found, key)) for key in fields}])
        return
    for text in (f"{found.id}  {_plain(found.message)}", _plain(found.explanation), f"→ {_plain(found.advice)}"):
        if text:
            output.console().print(text, markup=False)


def _plain(template: str) -> str:
    """A message template as prose: what is filled in later stands in angle brackets."""
    text = re.sub(r"(?<!\{)\{(\w+)\}(?!\})", _placeholder, _(template))
    return text.replace("{{", "{").replace("}}", "}")


def _placeholder(found: re.Match[str]) -> str:
    return "" if found[1] == "suggestion" else f"<{found[1]}>"
