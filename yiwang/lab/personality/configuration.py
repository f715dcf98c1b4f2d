"""The configuration that a declared device should have, in its vendor's words."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, ip_address
from typing import TYPE_CHECKING, Any

from yiwang.core.errors import NotFoundError, code
from yiwang.core.i18n import N_
from yiwang.inventory.estate import Estate
from yiwang.inventory.model import Device
from yiwang.inventory.model.device import Interface
from yiwang.lab.personality.catalogue import FOLDER, platform, platform_data
from yiwang.lab.personality.engine.words import dotted

if TYPE_CHECKING:
    import jinja2

PAIR_LENGTHS = (30, 31)

NO_DEVICE = code(
    "E6404",
    N_('no device is called "{given}"'),
    N_("`yiwang inventory list` shows the devices"),
)


@dataclass(frozen=True, slots=True)
class PortIntent:
    """An interface as the templates see it; ``is_pair``: a line between two devices only."""

    name: str
    description: str = ""
    is_shutdown: bool = False
    is_loopback: bool = False
    vrf: str = ""
    mtu: int | None = None
    ipv4: IPv4Interface | None = None
    ipv6: IPv6Interface | None = None

    @property
    def is_pair(self) -> bool:
        """Whether OSPF should expect exactly one neighbour here."""
        return self.ipv4 is not None and self.ipv4.network.prefixlen in PAIR_LENGTHS and not self.vrf


def configuration_of(estate: Estate, name: str, *, bare: bool = False) -> str:
    """The configuration of a declared device; a ``bare`` one has only its name, account, SSH and SNMP.

    No secret is in it: where a vendor prints an enciphered one, something that only looks like it
    stands there.

    Raises:
        NotFoundError: there is no such device (E6404), or no personality of its platform (E6400).
    """
    device = estate.devices.get(name)
    if device is None:
        raise NotFoundError(NO_DEVICE, given=name)
    platform_data(device.platform)
    values = _bare(name, device) if bare else _bare(name, device) | _whole(estate, name, device)
    return _environment().get_template(f"{device.platform}.j2").render(values)


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - no page, but a device's configuration
    )


def _bare(name: str, device: Device) -> dict[str, Any]:
    ports = tuple(PortIntent(each, is_loopback=_is_loopback(device, each)) for each in device.interfaces)
    nothing: dict[str, Any] = dict.fromkeys(("ospf", "router_id", "as_number", "area"))
    return nothing | {
        "name": name,
        "account": device.credentials.user,
        "cipher": partial(_enciphered, name),
        "ports": tuple(port for port in ports if not port.is_loopback),
        "snmp": device.snmp,
        "vrfs": {},
        "bgp": (),
        "static": (),
        "announced": (),
        "networks": (),
        "ntp": (),
        "log": (),
    }


def _whole(estate: Estate, name: str, device: Device) -> dict[str, Any]:
    routing = device.routing
    ports = _ports(estate, name, device)
    return {
        "ports": ports,
        "vrfs": device.vrfs,
        "ospf": routing.ospf,
        "area": dotted(int(routing.ospf.area)) if routing.ospf else "",
        "router_id": routing.router_id or device.management,
        "networks": tuple(_networks(ports)),
        "bgp": routing.bgp if _as_number(estate, device) else (),
        "as_number": _as_number(estate, device),
        "static": tuple(each for each in routing.static if each.to.version == 4),
        "announced": _pools(estate, device) if routing.bgp and _as_number(estate, device) else (),
        "ntp": tuple(_addresses(estate, device.ntp)),
        "log": tuple(_addresses(estate, device.log)),
    }


def _ports(estate: Estate, name: str, device: Device) -> tuple[PortIntent, ...]:
    leads = _leads_to(estate, name)
    ports = [_port(device, own, each, leads.get(own, "")) for own, each in device.interfaces.items()]
    loopback = str(platform_data(device.platform)["management_interface"])
    if device.management and device.management.version == 4 and loopback not in device.interfaces:
        ports.append(PortIntent(loopback, is_loopback=True, ipv4=IPv4Interface(device.management)))
    return tuple(ports)


def _port(device: Device, name: str, declared: Interface, leads_to: str) -> PortIntent:
    address = declared.address
    return PortIntent(
        name=name,
        description=declared.description or leads_to,
        is_shutdown=not declared.enabled,
        is_loopback=_is_loopback(device, name),
        vrf=declared.vrf or "",
        mtu=declared.mtu,
        ipv4=address if isinstance(address, IPv4Interface) else None,
        ipv6=address if isinstance(address, IPv6Interface) else None,
    )


def _is_loopback(device: Device, name: str) -> bool:
    return platform(device.platform).is_loopback(name)


def _leads_to(estate: Estate, name: str) -> Mapping[str, str]:
    found = {}
    for link in estate.links.values():
        for own, other in (link.ends, link.ends[::-1]):
            if own.owner == name:
                found[own.interface] = f"to {other.owner} {other.interface}"
    return found


def _networks(ports: tuple[PortIntent, ...]) -> list[IPv4Network]:
    return [port.ipv4.network for port in ports if port.ipv4 and not port.vrf]


def _as_number(estate: Estate, device: Device) -> int | None:
    if device.routing.as_number:
        return device.routing.as_number
    numbers = [estate.regions[each].as_number for each in estate.region_chain(device.region)]
    return next((number for number in reversed(numbers) if number), None)


def _pools(estate: Estate, device: Device) -> tuple[IPv4Network, ...]:
    """What a device says over BGP that it leads to: the pools of the nearest region that has any."""
    pools = [estate.regions[each].pools for each in reversed(estate.region_chain(device.region))]
    nearest = next((each for each in pools if each), {})
    return tuple(dict.fromkeys(pool for pool in nearest.values() if isinstance(pool, IPv4Network)))


def _addresses(estate: Estate, named: tuple[str, ...]) -> list[str]:
    found = []
    for each in named:
        target = estate.nodes.get(each) or estate.devices.get(each)
        address = estate.address_of(target) if target else each
        try:
            found.append(str(ip_address(address)))
        except ValueError:
            continue
    return found


def _enciphered(name: str, start: str, length: int) -> str:
    """Something that looks like an enciphered secret and is made of the device's name only."""
    digest = hashlib.shake_256(f"{name} {start} {length}".encode()).digest(length)
    return start + base64.b64encode(digest, altchars=b"./").decode()[:length]
