"""Link: a line between two ports."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from yiwang.core.i18n import N_
from yiwang.core.validation import Declared, Flag
from yiwang.inventory.model.names import Name, Title


class End(Declared):
    """One end of a link, written ``device:interface`` or ``node:interface``."""

    owner: Name = Field(description=N_("device or node"))
    interface: str = Field(min_length=1, description=N_("interface of it"))

    def __str__(self) -> str:
        return f"{self.owner}:{self.interface}"


def _end(value: object) -> object:
    if isinstance(value, str):
        owner, colon, interface = value.partition(":")
        if not colon or not interface or not owner:
            raise ValueError(N_("an end such as core-1:GE0/0/1"))
        return {"owner": owner, "interface": interface}
    return value


class Link(Declared):
    """A line with its bandwidth and who carries it."""

    title: Title | None = Field(None, description=N_("what people call it"))
    ends: tuple[
        Annotated[End, BeforeValidator(_end, json_schema_input_type=str | End)],
        Annotated[End, BeforeValidator(_end, json_schema_input_type=str | End)],
    ] = Field(description=N_("the two ends, each device:interface or node:interface"))
    bandwidth_mbps: float | None = Field(None, gt=0, description=N_("bandwidth in Mbit/s"))
    carrier: str = Field("", description=N_("who provides the line"))
    circuit: str = Field("", description=N_("the carrier's number of the line"))
    backup: Flag = Field(False, description=N_("whether it only stands in for another"))
