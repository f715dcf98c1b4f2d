"""Device: a router, switch or firewall of the extranet."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from yiwang.core.address import IpAddress, IpInterface, IpNetwork
from yiwang.core.i18n import N_
from yiwang.core.validation import Declared, Flag, Free
from yiwang.core.vault.reference import SecretRef
from yiwang.inventory.model.names import DivisionCode, Name, Port, Title
from yiwang.inventory.model.node import Asset

AsNumber = Annotated[int, Field(ge=1, le=4294967295)]


class Vrrp(Declared):
    """A gateway address that two devices share (RFC 5798)."""

    group: int = Field(ge=1, le=255, description=N_("number of the group; the same on both devices"))
    address: IpAddress = Field(description=N_("gateway address that they share"))
    priority: int = Field(100, ge=1, le=254, description=N_("the highest holds the address"))


class Interface(Declared):
    """A port of a device."""

    address: IpInterface | None = Field(None, description=N_("address with prefix"))
    description: str = Field("", max_length=240, description=N_("what it leads to"))
    vrf: str | None = Field(None, description=N_("routing instance"))
    zone: Name | None = Field(None, description=N_("zone on this port"))
    speed_mbps: int | None = Field(None, gt=0, description=N_("speed in Mbit/s"))
    mtu: int | None = Field(None, ge=68, le=9216, description=N_("MTU in bytes"))
    enabled: Flag = Field(True, description=N_("false: shut down"))
    vrrp: Vrrp | None = Field(None, description=N_("shared gateway address"))


class Vrf(Declared):
    """A routing instance."""

    rd: Annotated[str, Field(pattern=r"^\d+:\d+$|^\d+\.\d+\.\d+\.\d+:\d+$")] | None = Field(
        None, description=N_("route distinguisher")
    )
    zone: Name | None = Field(None, description=N_("zone that it carries"))


class Ospf(Declared):
    """OSPF on this device."""

    area: IpAddress | int = Field(description=N_("area, as a number or dotted"))
    process: int = Field(1, ge=1, le=65535, description=N_("process number"))
    passive: tuple[str, ...] = Field((), description=N_("interfaces without neighbours"))


class BgpNeighbour(Declared):
    """A BGP session."""

    address: IpAddress = Field(description=N_("neighbour's address"))
    as_number: AsNumber = Field(description=N_("neighbour's autonomous system"))
    description: str = Field("", description=N_("what it leads to"))
    password: SecretRef | None = Field(None, description=N_("reference to the session password, vault:…"))


class StaticRoute(Declared):
    """A static route."""

    to: IpNetwork = Field(description=N_("destination"))
    via: IpAddress = Field(description=N_("next hop"))


class Routing(Declared):
    """Routing intent."""

    router_id: IpAddress | None = Field(None, description=N_("router id; default: the management address"))
    as_number: AsNumber | None = Field(None, description=N_("autonomous system; default: the region's"))
    ospf: Ospf | None = Field(None, description=N_("OSPF"))
    bgp: tuple[BgpNeighbour, ...] = Field((), description=N_("BGP sessions"))
    static: tuple[StaticRoute, ...] = Field((), description=N_("static routes"))


class Credentials(Declared):
    """The account that Yiwang uses on the device; a read-only one is preferred."""

    user: str = Field("yiwang", description=N_("account"))
    password: SecretRef | None = Field(None, description=N_("reference to the password, vault:…"))
    private_key: SecretRef | None = Field(None, description=N_("reference to the private key, vault:…"))
    enable: SecretRef | None = Field(None, description=N_("reference to the enable or super password, vault:…"))
    port: Port = Field(22, description=N_("SSH port"))
    via: Name | None = Field(None, description=N_("bastion node to go through"))
    host_keys: tuple[str, ...] = Field((), description=N_("pinned public host keys, as in known_hosts"))


class Protection(Declared):
    """Servers and keys that guard a device and what it says to its neighbours."""

    servers: tuple[str, ...] = Field((), description=N_("TACACS+ servers for logins: node names or addresses"))
    server_key: SecretRef | None = Field(None, description=N_("key shared with those servers; default: one of its own"))
    ospf_key: SecretRef = Field("vault:network/ospf-key", description=N_("key shared with OSPF neighbours"))
    bgp_key: SecretRef = Field("vault:network/bgp-key", description=N_("password of BGP sessions without one"))
    ntp_key: SecretRef = Field("vault:network/ntp-key", description=N_("key shared with the time sources"))
    auditor: Name = Field("auditor", description=N_("account that may only look"))
    auditor_password: SecretRef | None = Field(None, description=N_("its password; default: one of the device's own"))
    managers: tuple[IpNetwork, ...] = Field(
        (), description=N_("networks it is managed from, beside bastions, consoles, workers and monitors")
    )
    traps: tuple[str, ...] = Field(
        (), description=N_("receivers of SNMP traps: node names or addresses; default: the monitors")
    )


class Snmp(Declared):
    """Read access over SNMP."""

    version: Literal["2c", "3"] = Field("3", description=N_("2c or 3"))
    community: SecretRef | None = Field(None, description=N_("reference to the community (2c), vault:…"))
    user: str | None = Field(None, description=N_("user (3)"))
    auth: SecretRef | None = Field(None, description=N_("reference to the authentication password (3), vault:…"))
    privacy: SecretRef | None = Field(None, description=N_("reference to the privacy password (3), vault:…"))
    auth_protocol: Literal["sha1", "sha256", "sha384", "sha512"] = Field(
        "sha256", description=N_("hash of the authentication (3); sha1 only where a device knows no better")
    )
    privacy_protocol: Literal["aes128", "aes192", "aes256"] = Field(
        "aes128", description=N_("cipher of the privacy (3)")
    )
    port: Port = Field(161, description=N_("UDP port"))


class Handover(Declared):
    """The read-only accounts on this device that are handed over to the estate's supervising authority."""

    user: str = Field(pattern=r"^[A-Za-z][\w.@-]{0,31}$", description=N_("account for SSH that can only read"))
    password: SecretRef | None = Field(None, description=N_("reference to its password, vault:…"))
    private_key: SecretRef | None = Field(None, description=N_("reference to its private key, vault:…"))
    snmp: Snmp = Field(description=N_("account for SNMP that can only read"))


class Device(Declared):
    """A network device: its platform, role, interfaces and routing."""

    title: Title | None = Field(None, description=N_("what people call it"))
    region: DivisionCode = Field(description=N_("division it serves"))
    site: Name | None = Field(None, description=N_("site where it stands"))
    platform: Name | str = Field(
        description=N_("huawei_vrp, hp_comware, ruijie_os, zte_zxros, cisco_ios, cisco_xe, frr or linux")
    )
    role: Literal["core", "aggregation", "access", "firewall"] = Field(
        description=N_("core, aggregation, access or firewall")
    )
    management: IpAddress | None = Field(None, description=N_("management address, on a loopback"))
    interfaces: dict[str, Interface] = Field(default_factory=dict, description=N_("ports by their name"))
    vrfs: dict[str, Vrf] = Field(default_factory=dict, description=N_("routing instances by name"))
    routing: Routing = Field(Routing(), description=N_("routing intent"))
    credentials: Credentials = Field(Credentials(), description=N_("account for SSH"))
    snmp: Snmp | None = Field(None, description=N_("read access over SNMP"))
    protection: Protection = Field(Protection(), description=N_("servers and keys that guard it"))
    handover: Handover | None = Field(None, description=N_("read-only accounts for the supervising authority"))
    organisation: Name | None = Field(None, description=N_("organisation that owns it"))
    ntp: tuple[str, ...] = Field((), description=N_("time sources: node names or addresses"))
    log: tuple[str, ...] = Field((), description=N_("log targets: node names or addresses"))
    groups: tuple[Name, ...] = Field((), description=N_("groups whose values it takes"))
    tags: tuple[str, ...] = Field((), description=N_("free words to select by"))
    asset: Asset = Field(Asset(), description=N_("ledger data"))
    vars: dict[str, Free] = Field(default_factory=dict, description=N_("values for templates, free form"))
