"""The estate's own header: identity, addressing, groups and roles."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Any, Literal

from pydantic import Field

from yiwang.core.address import IpNetwork
from yiwang.core.i18n import N_
from yiwang.core.validation import Date, Declared
from yiwang.core.vault.reference import SecretRef
from yiwang.inventory.model.names import DivisionCode, Name, Title


class Supervision(Declared):
    """The authority to which read access to all devices is handed over; without a public key the passphrase seals."""

    title: Title = Field(description=N_("name of the authority"))
    contact: str = Field(min_length=1, max_length=240, description=N_("whom to reach there, and how"))
    public_key: Annotated[str, Field(pattern=r"^age1[0-9a-z]{58}$")] | None = Field(
        None, description=N_("its public key of age, age1…")
    )
    passphrase: SecretRef | None = Field(
        None, description=N_("reference to the passphrase that was agreed on where it has no key, vault:…")
    )
    expires: Date = Field(description=N_("last day on which the handed-over accounts are valid"))


class EstateHeader(Declared):
    """What the estate is and which platform mode it follows."""

    name: Name = Field(description=N_("short name"))
    title: Title = Field(description=N_("official name"))
    region: DivisionCode = Field(description=N_("division whose estate this is"))
    platform_mode: Literal["own", "provincial"] = Field(
        "own", description=N_("own: own service platform joined to the province's; provincial: the province's platform")
    )
    timezone: str = Field("Asia/Shanghai", description=N_("time zone of dates and schedules"))
    description: str = Field("", description=N_("what else is good to know"))
    supervision: Supervision | None = Field(
        None, description=N_("authority to which read access to all devices is handed over")
    )


class Addressing(Declared):
    """Address blocks from which the regions' pools are carved."""

    extranet: IpNetwork = Field(
        IPv4Network("59.192.0.0/10"), description=N_("block that all extranet addresses must lie in")
    )
    blocks: dict[str, IpNetwork] = Field(
        default_factory=dict, description=N_("the estate's own block for each pool name")
    )
    as_numbers: str = Field(
        "64512-65534", pattern=r"^\d+-\d+$", description=N_("range of autonomous system numbers that may be used")
    )


class Group(Declared):
    """Values for all objects that a selector matches or that name the group."""

    title: Title | None = Field(None, description=N_("what people call it"))
    select: str | None = Field(None, description=N_("selector, such as role=exchange,zone=dedicated"))
    node: dict[str, Any] = Field(default_factory=dict, description=N_("values for nodes"))
    device: dict[str, Any] = Field(default_factory=dict, description=N_("values for devices"))


class Role(Declared):
    """A node role beyond the built-in ones."""

    title: Title = Field(description=N_("what people call it"))
    zones: tuple[Name, ...] = Field((), description=N_("zones in which it may run; empty: any"))
    components: tuple[Name, ...] = Field(
        (), description=N_("what it installs, in this order; those of the role baseline come first")
    )
    playbooks: tuple[str, ...] = Field(
        (), description=N_("Ansible playbooks that run after the components, relative to the estate")
    )
