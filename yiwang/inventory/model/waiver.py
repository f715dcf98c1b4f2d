"""Waiver: a finding of the audit that is accepted for a while, by somebody who did not ask for it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from yiwang.core.i18n import N_
from yiwang.core.validation import Date, Declared
from yiwang.inventory.model.names import Title

Seal = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class Waiver(Declared):
    """An audit finding that is accepted until a day; it stays in every report."""

    rule: str = Field(pattern=r"^[A-Z][A-Z0-9]{1,11}-\d{3}$", description=N_("audit rule, such as MGT-001"))
    select: str = Field(min_length=1, description=N_("selector of the devices, such as core-1"))
    section: str = Field("", description=N_("section of the configuration, as the audit names it; empty: any"))
    seal: Seal | None = Field(
        None, description=N_("hash of that section; when the section changes, the waiver no longer holds")
    )
    reason: Title = Field(description=N_("why it cannot be put right now"))
    compensation: Title = Field(description=N_("what protects instead"))
    owner: Title = Field(description=N_("who answers for the risk"))
    author: Title = Field(description=N_("who asks for it"))
    approver: Title = Field(description=N_("who approves it; never the author"))
    expires: Date = Field(description=N_("last day on which it holds"))
