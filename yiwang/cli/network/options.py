"""Arguments and options that several verbs of ``yiwang network`` share."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from yiwang.core.i18n import _


class Kind(StrEnum):
    """Which output of a device."""

    running = "running"
    saved = "saved"
    version = "version"


DeviceArgument = Annotated[str, typer.Argument(metavar="DEVICE", help=_("Name of the device."))]
KindOption = Annotated[Kind, typer.Option("--kind", "-k", help=_("Which output of the device."))]
FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]
AtOption = Annotated[
    datetime | None, typer.Option("--at", formats=FORMATS, help=_("As it stood at this local time; default: now."))
]


def moment(given: datetime | None) -> datetime | None:
    """A local time without a zone as what it means here; a bare day is its end."""
    return given.astimezone() if given else None
