"""System: an information system of a department, with all that self-inspection (自查) asks for."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from yiwang.core.i18n import N_
from yiwang.core.validation import Date, Declared, Flag
from yiwang.inventory.model.names import DivisionCode, Name, Title
from yiwang.inventory.model.organisation import Contact


class Mlps(Declared):
    """Multi-level protection (信息安全等级保护): grade, filing, evaluation."""

    level: int = Field(ge=1, le=5, description=N_("protection level"))
    filed_no: str = Field("", description=N_("filing number of the public security organ"))
    filed_on: Date | None = Field(None, description=N_("date of filing"))
    evaluated_on: Date | None = Field(None, description=N_("date of the last evaluation"))
    expires: Date | None = Field(None, description=N_("date until which the evaluation holds"))


class Approval(Declared):
    """Who approved the system, when and under which number."""

    authority: str = Field(description=N_("approving department"))
    date: str = Field("", pattern=r"^(\d{4}(-\d{2}(-\d{2})?)?)?$", description=N_("date of approval"))
    number: str = Field("", description=N_("number of the document"))


class System(Declared):
    """A system: what it is for, who uses it, who pays, where it runs and what becomes of it."""

    title: Title = Field(description=N_("name of the system"))
    organisation: Name = Field(description=N_("organisation that answers for it"))
    region: DivisionCode | None = Field(None, description=N_("division; default: the organisation's"))
    function: str = Field(description=N_("what it does (功能)"))
    users: str = Field(description=N_("who uses it (使用范围)"))
    user_count: int | None = Field(None, ge=0, description=N_("number of users"))
    frequency: Literal["daily", "weekly", "monthly", "quarterly", "yearly", "idle"] = Field(
        description=N_("declared frequency of use (使用频度)")
    )
    approval: Approval | None = Field(None, description=N_("approving department and time (审批部门、审批时间)"))
    funding: str = Field("", description=N_("source of money (经费来源)"))
    hosting: Literal["legacy", "migrating", "cloud", "provincial", "national"] = Field(
        description=N_("legacy, migrating, cloud, provincial or national")
    )
    network: Literal["extranet", "dedicated", "internet", "intranet", "standalone"] = Field(
        "extranet", description=N_("network that it runs on today")
    )
    nodes: tuple[Name, ...] = Field((), description=N_("nodes that it runs on"))
    mlps: Mlps | None = Field(None, description=N_("protection level, filing, evaluation, expiry"))
    owner_unit: str = Field("", description=N_("unit inside the organisation"))
    owner_unit_level: Literal["department", "section"] = Field(
        "department", description=N_("a system owned by a single section must be merged")
    )
    security_owner: Contact | None = Field(None, description=N_("who answers for security"))
    boundary: str = Field("", description=N_("where its responsibility ends"))
    vertical: Flag = Field(False, description=N_("whether a higher level runs it (垂管)"))
    classified: Flag = Field(False, description=N_("classified systems are refused"))
    disposition: Literal["connect", "merge", "abolish", "exempt"] = Field(
        description=N_("connect, merge, abolish or exempt")
    )
    basis: str = Field("", description=N_("legal basis of an exemption"))
    merges_into: Name | None = Field(None, description=N_("system that takes it over"))
