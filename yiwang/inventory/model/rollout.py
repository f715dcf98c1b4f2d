"""Rollout: in which order nodes are changed, who must approve, and when it may happen."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from yiwang.core.i18n import N_
from yiwang.core.validation import Declared, Flag
from yiwang.inventory.model.names import Title

Hours = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]
"""A span of the day such as 22:00-06:00, in the estate's time zone; it may cross midnight."""


class WaveRule(Declared):
    """Which of the targets that are still left go next, and in what portions."""

    title: Title | None = Field(None, description=N_("what people call it"))
    select: str = Field("", description=N_("selector, such as role=mirror; empty: all that are left"))
    by: Literal["", "level", "county", "township", "role"] = Field(
        "", description=N_("one wave for each level, county, township or role, in this order from the top")
    )
    first: int | None = Field(None, ge=1, description=N_("only the first so many of them: a canary"))
    lead: str = Field(
        "",
        description=N_("selector of those of a wave that are changed before its others; all are judged together"),
    )
    batch: int | None = Field(None, ge=1, description=N_("waves of at most so many targets"))
    batch_percent: float | None = Field(None, gt=0, le=100, description=N_("waves of at most this share of them"))
    pause_minutes: float = Field(0, ge=0, description=N_("wait so long before the next wave, in minutes"))
    manual: Flag = Field(False, description=N_("whether a person must let the next wave begin"))


class Rollout(Declared):
    """How plans are approved and carried out."""

    approvals: int = Field(1, ge=0, le=5, description=N_("people other than the requester who must approve a plan"))
    approval_hours: float = Field(24, gt=0, description=N_("an approval holds so long, in hours"))
    waves: tuple[WaveRule, ...] = Field(
        (
            # All install from the mirror, which needs the others' time, names and logs: it is made first, and
            # they are judged together.
            WaveRule(select="role=mirror|dns-time|log-server", lead="role=mirror"),
            WaveRule(select="level=township", first=1),
            WaveRule(by="level"),
        ),
        description=N_("who goes first, who next; all that no wave selects go last, together"),
    )
    parallel: int = Field(20, ge=1, le=1000, description=N_("targets that are changed at once"))
    max_failed: int = Field(0, ge=0, description=N_("targets of a wave that may fail before the rollout stops"))
    max_failed_percent: float = Field(
        0, ge=0, le=100, description=N_("share of a wave that may fail before the rollout stops")
    )
    hours: Hours | None = Field(None, description=N_("span of the day in which changes may begin"))
    weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] = Field(
        (), description=N_("days on which changes may begin, 1 is Monday; empty: every day")
    )
    gates: tuple[str, ...] = Field((), description=N_("gates of every target beside those of its components"))
    commands: Literal["free", "approved", "refused"] = Field(
        "free",
        description=N_("commands by `yiwang run`: free; approved: someone else approves each one first; refused: none"),
    )
