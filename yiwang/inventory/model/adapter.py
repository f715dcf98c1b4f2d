"""Adapter binding: which adapter connects a system to the exchange, and what it promises."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from yiwang.core.i18n import N_
from yiwang.core.validation import Declared, Free
from yiwang.core.vault.reference import SecretRef
from yiwang.inventory.model.names import Name, Title


class Sla(Declared):
    """What counts as connected."""

    lag_minutes: int = Field(60, gt=0, description=N_("newest record at most this old, in minutes"))
    reject_ratio: float = Field(0.01, ge=0, le=1, description=N_("share of rejected records that is borne"))
    availability_ratio: float = Field(0.99, ge=0, le=1, description=N_("share of time with a heartbeat"))


class Adapter(Declared):
    """A binding of a system to an exchange node."""

    title: Title | None = Field(None, description=N_("what people call it"))
    system: Name = Field(description=N_("system that it connects"))
    kind: Name = Field(description=N_("kind of adapter, such as mariadb or sftp-xml"))
    node: Name = Field(description=N_("exchange node that runs it"))
    direction: Literal["in", "out", "both"] = Field("in", description=N_("in: from the system to the platform"))
    schedule: str = Field("", description=N_("cron expression; empty: continuous"))
    resources: tuple[str, ...] = Field((), description=N_("catalogue codes of the resources that it carries"))
    agreement: Name | None = Field(None, description=N_("interface agreement it works under"))
    user: str = Field("", description=N_("account at the source"))
    password: SecretRef | None = Field(None, description=N_("reference to the password at the source, vault:…"))
    sla: Sla = Field(Sla(), description=N_("what counts as connected"))
    options: dict[str, Free] = Field(default_factory=dict, description=N_("options of the adapter kind, free form"))
