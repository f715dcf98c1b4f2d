"""Node: a host that Yiwang provisions."""

from __future__ import annotations

from pydantic import Field

from yiwang.core.address import IpAddress, IpInterface
from yiwang.core.i18n import N_
from yiwang.core.validation import Declared, Free
from yiwang.core.vault.reference import SecretRef
from yiwang.inventory.model.names import DivisionCode, Name, Port, Title


class Connection(Declared):
    """How Yiwang reaches the node over SSH."""

    host: str | None = Field(
        None, description=N_("address or name to connect to; default: the address in its own zone")
    )
    port: Port = Field(22, description=N_("SSH port"))
    user: str = Field("yiwang", description=N_("account to log in with"))
    password: SecretRef | None = Field(None, description=N_("reference to the password, vault:…"))
    private_key: SecretRef | None = Field(
        None,
        description=N_("reference to the private key, vault:…; without key and password: the SSH agent of the caller"),
    )
    via: Name | None = Field(None, description=N_("bastion node to go through"))
    host_keys: tuple[str, ...] = Field((), description=N_("pinned public host keys, as in known_hosts"))


class Asset(Declared):
    """What the ledger (台账) asks of a piece of equipment."""

    model: str = Field("", description=N_("maker and model"))
    serial: str = Field("", description=N_("serial number"))
    purchased: str = Field("", pattern=r"^(\d{4}(-\d{2}(-\d{2})?)?)?$", description=N_("date of purchase"))
    rack: str = Field("", description=N_("rack and unit"))
    cost: float | None = Field(None, ge=0, description=N_("price in yuan"))


class Node(Declared):
    """A host: its zone, roles, addresses and how to reach it."""

    title: Title | None = Field(None, description=N_("what people call it"))
    region: DivisionCode = Field(description=N_("division it serves"))
    site: Name | None = Field(None, description=N_("site where it stands"))
    zone: Name = Field(description=N_("zone it belongs to: public, dedicated, extranet or internet-edge"))
    roles: tuple[Name, ...] = Field(min_length=1, description=N_("what it does; each role is a list of components"))
    addresses: dict[str, IpInterface] = Field(
        default_factory=dict, description=N_("zone to address with prefix; several only on exchange nodes")
    )
    gateway: IpAddress | None = Field(None, description=N_("default gateway"))
    connection: Connection = Field(Connection(), description=N_("how Yiwang reaches it"))
    organisation: Name | None = Field(None, description=N_("organisation that owns it"))
    ntp: tuple[str, ...] = Field((), description=N_("time sources: node names or addresses"))
    log: tuple[str, ...] = Field((), description=N_("log targets: node names or addresses"))
    dns: tuple[str, ...] = Field((), description=N_("resolvers: node names or addresses"))
    mirror: str | None = Field(None, description=N_("package mirror: a node name or URL"))
    mlps_level: int | None = Field(None, ge=1, le=5, description=N_("protection level (GB/T 22239)"))
    groups: tuple[Name, ...] = Field((), description=N_("groups whose values it takes"))
    tags: tuple[str, ...] = Field((), description=N_("free words to select by"))
    asset: Asset = Field(Asset(), description=N_("ledger data"))
    vars: dict[str, Free] = Field(default_factory=dict, description=N_("values for components, free form"))
