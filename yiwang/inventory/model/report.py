"""Report schedule: what is reported, on which days, to whom."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from yiwang.core.i18n import N_
from yiwang.core.validation import Date, Declared
from yiwang.inventory.model.names import DivisionCode, Name, Title

Day = Annotated[int, Field(ge=1, le=31)]


class ReportSchedule(Declared):
    """A report that falls due on days of the month; in a shorter month on its last day."""

    title: Title = Field(description=N_("name of the report"))
    kind: Literal["ten-day", "monthly", "weekly", "self-inspection", "special-audit", "completion", "assessment"] = (
        Field(description=N_("kind of report"))
    )
    region: DivisionCode | None = Field(None, description=N_("division; default: the estate's"))
    days: tuple[Day, ...] = Field((), description=N_("days of the month; a month without that day: its last"))
    weekday: int | None = Field(None, ge=1, le=7, description=N_("day of the week, 1 is Monday"))
    start: Date | None = Field(None, description=N_("first due date"))
    owner: Name = Field(description=N_("organisation that reports"))
    recipients: tuple[Name, ...] = Field(min_length=1, description=N_("organisations that receive it"))
    source: str = Field("", description=N_("document and clause that demand it"))
