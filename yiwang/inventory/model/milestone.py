"""Milestone: a dated duty whose state is computed from evidence."""

from __future__ import annotations

from pydantic import Field

from yiwang.core.i18n import N_
from yiwang.core.validation import Date, Declared
from yiwang.inventory.model.names import DivisionCode, Name, Title
from yiwang.inventory.model.region import Level


class Milestone(Declared):
    """A duty with its level, date, owners and the evidence query that decides it."""

    title: Title = Field(description=N_("what must be done"))
    level: Level = Field(description=N_("level of government that must do it"))
    region: DivisionCode | None = Field(None, description=N_("division; default: the estate's"))
    due: Date = Field(description=N_("last day"))
    owners: tuple[Name, ...] = Field(min_length=1, description=N_("organisations that answer for it, the first leads"))
    depends_on: tuple[Name, ...] = Field((), description=N_("milestones that come before"))
    evidence: Name = Field(description=N_("name of the evidence query that decides it"))
    source: str = Field("", description=N_("document and clause that demand it"))
