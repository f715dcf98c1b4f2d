"""From the declared estate to the layout of a lab: which hosts, which ports, which cables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from yiwang.core.address import IpInterface
from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_
from yiwang.inventory.estate import Estate, Target
from yiwang.inventory.model import Device, Node
from yiwang.inventory.model.link import End
from yiwang.inventory.selector import Selector
from yiwang.lab.companions import companions
from yiwang.lab.layout import EVERY_LAB, Cable, CableEnd, Host, Layout, Omission, Port
from yiwang.lab.naming import MOST_HOSTS, kernel_names, management_address
from yiwang.lab.server.drafting import with_servers

NOTHING_SELECTED = code(
    "E6001", N_("no node or device of the estate is selected"), N_("`yiwang inventory list` shows what there is")
)
TOO_MANY = code(
    "E6002",
    N_("{count} hosts are selected; a lab has room for {most}"),
    N_("select a part: yiwang lab up ESTATE county=410621"),
)

PERSONALITIES = frozenset(("huawei_vrp", "hp_comware", "ruijie_os", "cisco_ios", "cisco_xe", "zte_zxros"))
LINUX_PLATFORMS = frozenset(("frr", "linux"))


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a lab: its name, the selection, whether companions come along.

    ``servers`` are the adapters whose departments' servers come along, or ``all``.  A device whose
    configuration lies in the folder ``configurations``, as NAME.cfg, starts with that one.
    """

    name: str
    selector: Selector | None = None
    is_exact: bool = False
    is_bare: bool = False
    is_plain: bool = False
    servers: tuple[str, ...] = ()
    configurations: Path | None = None


def draft(estate: Estate, request: Request, slot: int) -> Layout:
    """The layout of a lab.

    Raises:
        UsageError: nothing is selected (E6001), or more than a lab has room for (E6002).
        NotFoundError, UsageError, LabError: as :func:`yiwang.lab.server.drafting.with_servers`.
    """
    targets = _chosen(estate, request)
    plugs = _plugs(estate)
    ports = {name: dict(_ports(estate, target, plugs.get(name, ()))) for name, target in targets.items()}
    hosts = tuple(
        _host(name, target, tuple(ports[name].values()), slot=slot, index=index)
        for index, (name, target) in enumerate(targets.items())
    )
    layout = Layout(
        name=request.name,
        slot=slot,
        estate=str(estate.folder.absolute()),
        hosts=hosts,
        cables=tuple(_cables(estate, ports)),
        omissions=tuple(chain(_of_every_lab(request), _omissions(estate, targets, plugs))),
        mirror=_mirror(targets, request),
        is_bare=request.is_bare,
        is_plain=request.is_plain,
    )
    return with_servers(estate, layout, request.servers)


def _mirror(targets: Mapping[str, Target], request: Request) -> str:
    """The first mirror; without systemd nothing serves it, and every host reads the packages from this machine."""
    mirrors = [name for name, each in targets.items() if isinstance(each, Node) and "mirror" in each.roles]
    return mirrors[0] if mirrors and not request.is_plain else ""


def _chosen(estate: Estate, request: Request) -> dict[str, Target]:
    everything = {name: target for _, name, target in estate.targets()}
    selected = {name for _, name, _ in estate.targets(request.selector)}
    if not selected:
        raise UsageError(NOTHING_SELECTED)
    names = selected if request.is_exact else selected | companions(estate, selected)
    if len(names) > MOST_HOSTS:
        raise UsageError(TOO_MANY, count=len(names), most=MOST_HOSTS)
    return {name: everything[name] for name in sorted(names)}


def _host(name: str, target: Target, ports: tuple[Port, ...], *, slot: int, index: int) -> Host:
    host = Host(
        name=name,
        kind="node",
        profile="node",
        platform="linux",
        index=index,
        management=str(management_address(slot, index)),
        addresses=tuple(_addresses(target)),
        ports=ports,
        region=target.region,
    )
    if isinstance(target, Node):
        return replace(host, gateway=str(target.gateway or ""), user=target.connection.user)
    return replace(host, kind="device", profile="router", platform=target.platform, user=target.credentials.user)


def _addresses(target: Target) -> Iterator[str]:
    """Every address of a target once, the one by which it is managed first."""
    if isinstance(target, Device):
        found = [target.management, *(port.address.ip for port in target.interfaces.values() if port.address)]
    else:
        found = [each.ip for each in target.addresses.values()]
    yield from dict.fromkeys(str(each) for each in found if each)


Plugs = Mapping[str, list[tuple[End, End]]]
"""Who owns it → the ends of its links, each with the end across."""


def _plugs(estate: Estate) -> Plugs:
    found: dict[str, list[tuple[End, End]]] = {}
    for link in estate.links.values():
        one, other = link.ends
        found.setdefault(one.owner, []).append((one, other))
        found.setdefault(other.owner, []).append((other, one))
    return found


def _ports(estate: Estate, target: Target, plugs: Sequence[tuple[End, End]]) -> Iterator[tuple[str, Port]]:
    if isinstance(target, Device):
        addresses = {port: str(each.address or "") for port, each in target.interfaces.items()}
    else:
        addresses = _node_ports(estate, target, plugs)
    names = kernel_names(dict.fromkeys([*addresses, *(mine.interface for mine, _ in plugs)]))
    for declared, kernel in names.items():
        yield declared, Port(declared, kernel, addresses.get(declared, ""))


def _node_ports(estate: Estate, node: Node, plugs: Sequence[tuple[End, End]]) -> dict[str, str]:
    """Each port of a node with the address that lies in the network of the port across the link."""
    free = dict(node.addresses)
    found: dict[str, str] = {}
    for mine, across in plugs:
        zone = next((zone for zone, own in free.items() if _shares(estate, across, own)), None)
        found[mine.interface] = str(free.pop(zone)) if zone else ""
    for own in free.values():
        empty = next((port for port, address in found.items() if not address), f"eth{len(found)}")
        found[empty] = str(own)
    return found


def _shares(estate: Estate, across: End, own: IpInterface) -> bool:
    device = estate.devices.get(across.owner)
    port = device.interfaces.get(across.interface) if device else None
    return bool(port and port.address and port.address.network == own.network)


def _cables(estate: Estate, ports: Mapping[str, Mapping[str, Port]]) -> Iterator[Cable]:
    for name, link in estate.links.items():
        if all(end.owner in ports for end in link.ends):
            one, other = (
                CableEnd(end.owner, end.interface, ports[end.owner][end.interface].kernel) for end in link.ends
            )
            yield Cable(name, (one, other), link.bandwidth_mbps)


def _of_every_lab(request: Request) -> Iterator[Omission]:
    for kind in (*EVERY_LAB, *(("systemd",) if request.is_plain else ())):
        yield Omission(kind, "*")


def _omissions(estate: Estate, targets: Mapping[str, Target], plugs: Plugs) -> Iterator[Omission]:
    for name, target in targets.items():
        for mine, other in plugs.get(name, ()):
            if other.owner not in targets:
                yield Omission("end-outside", str(mine), other.owner)
        if isinstance(target, Device):
            yield from _device_omissions(name, target)
        elif target.mirror in estate.nodes and target.mirror not in targets:
            yield Omission("mirror-outside", name, target.mirror or "")
        account = target.connection if isinstance(target, Node) else target.credentials
        if account.host_keys:
            yield Omission("host-key", name)


def _device_omissions(name: str, device: Device) -> Iterator[Omission]:
    if device.platform in PERSONALITIES:
        yield Omission("platform", name, device.platform)
    elif device.platform not in LINUX_PLATFORMS:
        yield Omission("platform-unknown", name, device.platform)
    for vrf in device.vrfs:
        yield Omission("vrf", name, vrf)
