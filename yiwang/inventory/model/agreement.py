"""Interface agreement: who may use which data of whom, for what, how long."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from yiwang.core.i18n import N_
from yiwang.core.validation import Date, Declared
from yiwang.inventory.model.names import Name, Title


class Agreement(Declared):
    """An agreement between a provider and a consumer; what is not agreed is denied."""

    title: Title = Field(description=N_("name of the agreement"))
    provider: Name = Field(description=N_("organisation that gives the data"))
    consumer: Name = Field(description=N_("organisation that uses the data"))
    system: Name | None = Field(None, description=N_("system that the data come from"))
    resource: str = Field(description=N_("catalogue code of the resource"))
    fields: tuple[str, ...] = Field((), description=N_("fields that are given; empty: none yet"))
    sharing: Literal["unconditional", "conditional", "refused"] = Field(
        description=N_("unconditional (无条件), conditional (有条件) or refused (不予)")
    )
    purpose: str = Field(description=N_("what the data are used for"))
    basis: str = Field("", description=N_("legal basis; needed where sharing is refused"))
    mode: Literal["query", "batch", "stream", "file"] = Field("batch", description=N_("query, batch, stream or file"))
    cycle: Literal["real-time", "daily", "weekly", "monthly", "quarterly", "yearly"] = Field(
        "daily", description=N_("update cycle")
    )
    valid_from: Date | None = Field(None, description=N_("first day"))
    valid_until: Date | None = Field(None, description=N_("last day"))
