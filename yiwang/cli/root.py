"""The root of the command line and the options that hold for every verb."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yiwang import __version__
from yiwang.cli import output
from yiwang.cli.context import Flags
from yiwang.core.i18n import _, use

app = typer.Typer(
    name="yiwang",
    help=_("Declare a government estate as code and make it true."),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        output.line(f"yiwang {__version__}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help=_("Override a setting for this call."))
    ] = None,
    config: Annotated[Path | None, typer.Option(help=_("Read only this settings file."))] = None,
    language: Annotated[str | None, typer.Option(help=_("en or zh_CN."))] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help=_("Print the version."))
    ] = False,
) -> None:
    """Options that hold for every verb."""
    if language:
        use(language)
    context.obj = Flags(tuple(settings or ()), config)
