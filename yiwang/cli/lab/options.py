"""Options that several verbs of the lab share, and the lab that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from yiwang.cli.context import application
from yiwang.core.i18n import _

if TYPE_CHECKING:
    from yiwang.lab.lab import Lab

LabOption = Annotated[str, typer.Option("--lab", metavar="NAME", help=_("The lab; default: the only one there is."))]
HostArgument = Annotated[str, typer.Argument(metavar="HOST", help=_("A host of the lab, by its declared name."))]


def chosen_lab(context: typer.Context, name: str) -> Lab:
    """The lab of that name, of the setting ``lab.name``, or the only one."""
    from yiwang.lab.lab import open_lab

    return open_lab(name or application(context).settings.lab.name)
