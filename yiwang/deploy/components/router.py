"""``router``: a node that passes packets on, with FRR as its links and its neighbours ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from pyinfra.operations import apt, files

from yiwang.core.address import IpAddress, IpInterface
from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared, Flag
from yiwang.deploy.component import Component, Gate, Secrets
from yiwang.deploy.components.host import firewall
from yiwang.deploy.components.operations import service
from yiwang.deploy.components.operations.configuration import written
from yiwang.inventory.model import Device
from yiwang.inventory.model.device import AsNumber, BgpNeighbour, StaticRoute
from yiwang.inventory.model.names import Name

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate
    from yiwang.inventory.model.link import End

HOME = "/etc/frr"
RELOAD = "/usr/lib/frr/frr-reload.py"
POINT_TO_POINT = 30

PortName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,15}$")]


class RouterPort(Declared):
    """A port of the node."""

    address: IpInterface | None = Field(None, description=N_("address beside those that the node declares"))
    description: str = Field("", pattern=r"^[^\n]{0,200}$", description=N_("what it leads to"))
    area: IpAddress | int | None = Field(None, description=N_("OSPF area; default: the router's, once it has one"))
    passive: Flag = Field(False, description=N_("no neighbours there: it is announced and hears nobody"))
    point_to_point: Flag = Field(False, description=N_("whether there is one neighbour at most"))
    cost: int | None = Field(None, ge=1, le=65535, description=N_("OSPF cost; default: by its speed"))


class RouterIntent(Declared):
    """Values of ``router``."""

    name: Name = Field(description=N_("its name"))
    router_id: IpAddress | None = Field(None, description=N_("router id; default: its first address"))
    as_number: AsNumber | None = Field(None, description=N_("autonomous system; default: its region's"))
    area: IpAddress | int | None = Field(None, description=N_("OSPF area; default: that of the devices at its links"))
    links: dict[PortName, RouterPort] = Field(default_factory=dict, description=N_("ports as the declared links say"))
    interfaces: dict[PortName, RouterPort] = Field(
        default_factory=dict, description=N_("ports as the node says, in place of what the links say")
    )
    hello_seconds: int = Field(10, ge=1, le=65535, description=N_("OSPF greeting; the same on both ends of a line"))
    dead_seconds: int = Field(40, ge=1, le=65535, description=N_("OSPF patience; the same on both ends of a line"))
    bgp: tuple[BgpNeighbour, ...] = Field((), description=N_("BGP sessions"))
    static: tuple[StaticRoute, ...] = Field((), description=N_("static routes"))

    @property
    def ports(self) -> Mapping[str, RouterPort]:
        """Every port with what counts for it."""
        return {**self.links, **self.interfaces}

    @property
    def has_ospf(self) -> bool:
        """Whether any port is in an area."""
        return any(self.area_of(port) is not None for port in self.ports.values())

    def area_of(self, port: RouterPort) -> Any:
        """The area of a port."""
        return self.area if port.area is None else port.area


def derive(estate: Estate, name: str) -> Mapping[str, Any]:
    """Ports from the links, the area from the devices at their other ends."""
    own = estate.nodes[name]
    first = own.addresses.get(own.zone) or next(iter(own.addresses.values()), None)
    region = estate.regions.get(own.region)
    ends = list(_ends(estate, name))
    areas = [ospf.area for _, across in ends if (ospf := _ospf(estate, across))]
    return {
        "name": name,
        "router_id": str(first.ip) if first else None,
        "as_number": region.as_number if region else None,
        "area": str(areas[0]) if areas else None,
        "links": {mine.interface: _port(estate, own.addresses.values(), across) for mine, across in ends},
    }


def _ends(estate: Estate, name: str) -> Iterator[tuple[End, End]]:
    for link in estate.links.values():
        for mine, across in (link.ends, link.ends[::-1]):
            if mine.owner == name:
                yield mine, across


def _ospf(estate: Estate, across: End) -> Any:
    device = estate.devices.get(across.owner)
    return device.routing.ospf if device else None


def _port(estate: Estate, own: Any, across: End) -> dict[str, Any]:
    """A port with a device at its other end greets it; one with a host is only announced."""
    device = estate.devices.get(across.owner)
    is_router = device is not None or "router" in estate.nodes[across.owner].roles
    narrow = [each for each in own if each.network.prefixlen >= POINT_TO_POINT and _faces(device, across, each.network)]
    return {"description": f"→ {across.owner}", "passive": not is_router, "point_to_point": bool(narrow)}


def _faces(device: Device | None, across: End, network: IPv4Network) -> bool:
    port = device.interfaces.get(across.interface) if device else None
    return bool(port and port.address and port.address.network == network)


def deploy(spec: RouterIntent, secrets: Secrets) -> None:
    """Forwarding, daemons, and what they are to do."""
    apt.packages(name=_("packages of the router"), packages=["frr", "frr-pythontools"], no_recommends=True)
    passing = written(_("the node passes packets on"), "router/sysctl.conf", "/etc/sysctl.d/61-yiwang-router.conf")
    forwards = '[ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ]'
    service.running(
        name=_("packets are passed on"), service="systemd-sysctl", reads=(passing,), confirm=forwards, apply="restart"
    )
    opened = written(
        _("what neighbours may send"),
        "router/neighbours.nft.j2",
        f"{firewall.OWN_RULES}/60-yiwang-router.nft",
        spec=spec,
    )
    firewall.in_force(opened)
    owned = {"mode": "640", "owner": "frr", "group": "frr"}
    daemons = written(_("routing daemons"), "router/daemons.j2", f"{HOME}/daemons", spec=spec, **owned)
    service.running(name=_("routing daemons run"), service="frr", reads=(daemons,), apply="restart")
    passwords = {str(each.address): secrets(each.password).reveal() for each in spec.bgp if each.password}
    intent = written(_("routing"), "router/frr.conf.j2", f"{HOME}/frr.conf", spec=spec, passwords=passwords, **owned)
    files.file(name=_("routing is kept in one file"), path=f"{HOME}/vtysh.conf", user="frr", group="frrvty", mode="640")
    service.running(
        name=_("routing in force"),
        service="frr",
        reads=(intent,),
        check=f"vtysh -C -f {HOME}/frr.conf",
        # Somebody may have changed it at the router's own command line.
        confirm=f"! {RELOAD} --test --stdout {HOME}/frr.conf | grep -q 'Lines To'",
        apply="reload",
    )


def gates(spec: RouterIntent) -> tuple[Gate, ...]:
    """The daemons run, and every line has its neighbour."""
    lines = sum(not port.passive and spec.area_of(port) is not None for port in spec.ports.values())
    full = f"[ $(vtysh -c 'show ip ospf neighbor' | grep -c Full/) -ge {lines} ]"
    neighbours = (Gate("command", {"command": full}),) if lines else ()
    routes = (Gate("route", {"to": str(each.to.network_address)}) for each in spec.static)
    return (Gate("service", {"unit": "frr"}), *neighbours, *routes)


COMPONENT = Component(
    name="router",
    title=N_("router"),
    spec=RouterIntent,
    deploy=deploy,
    derive=derive,
    gates=gates,
    clauses=("8.1.2.1", "8.1.3.1"),
)
