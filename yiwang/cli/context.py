"""What the root options of a call say, and the application opened from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.app import App

EstateOption = Annotated[
    Path | None, typer.Option("--estate", "-e", help=_("Folder of the estate; default: the nearest one."))
]
EstateArgument = Annotated[
    Path | None, typer.Argument(metavar="ESTATE", help=_("Folder of the estate; default: the nearest one."))
]


@dataclass(frozen=True, slots=True)
class Flags:
    """The root options."""

    settings: tuple[str, ...] = ()
    config: Path | None = None


def application(context: typer.Context) -> App:
    """The application for this call; imports what it needs only now, so that ``--help`` stays fast."""
    from yiwang.app import App
    from yiwang.core.i18n import use
    from yiwang.core.settings import load_settings

    flags: Flags = context.obj or Flags()
    loaded = load_settings(flags.settings, file=flags.config)
    if loaded.settings.language:
        use(loaded.settings.language)
    return App(loaded)
