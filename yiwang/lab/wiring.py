"""The network of a lab: namespaces, the management bridge, cables as veth pairs.

Cable and management interfaces live in the hosts' and the operator's namespaces only; this machine
itself gets one interface, ``yw<slot>``, in the management network.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from yiwang.lab.command import call, ip_batch
from yiwang.lab.layout import Host, Layout, Port
from yiwang.lab.naming import machine_address, management_network, operator_address

NETNS = Path("/run/netns")


def wire(layout: Layout) -> None:
    """Make every namespace, interface, address and route of a lab.

    Raises:
        LabError: the kernel refused (E6020).
    """
    ip_batch([f"netns add {layout.operator}", *(f"netns add {layout.namespace(host.name)}" for host in layout.hosts)])
    ip_batch([*_machine_side(layout), *_cables(layout), *_loose_ports(layout)])
    ip_batch(list(_operator_side(layout)), layout.operator)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda host: ip_batch(list(_host_side(layout, host)), layout.namespace(host.name)), layout.hosts))


def unwire(slot: int) -> None:
    """Remove every namespace and interface of a slot; what is gone already does not matter."""
    call("ip", "link", "delete", f"yw{slot}", is_tolerant=True)
    for namespace in namespaces(slot):
        call("ip", "netns", "delete", namespace, is_tolerant=True)


def namespaces(slot: int) -> tuple[str, ...]:
    """The network namespaces of a slot that there are."""
    if not NETNS.is_dir():
        return ()
    names = (each.name for each in NETNS.iterdir())
    return tuple(name for name in names if name == f"yw{slot}" or name.startswith(f"yw{slot}-"))


def hardware_address(slot: int, index: int, port: int) -> str:
    """A locally administered MAC address, the same at every bring-up."""
    return f"02:59:{slot:02x}:{index >> 8:02x}:{index & 255:02x}:{port:02x}"


def _machine_side(layout: Layout) -> Iterator[str]:
    slot, own = layout.slot, layout.operator
    prefix = management_network(slot).prefixlen
    yield f"link add name {own} type veth peer name machine netns {own}"
    yield f"addr add {machine_address(slot)}/{prefix} dev {own}"
    yield f"link set dev {own} up"
    for host in layout.hosts:
        mac, inside = hardware_address(slot, host.index, 255), layout.namespace(host.name)
        yield f"link add mgmt0 address {mac} netns {inside} type veth peer name p{host.index} netns {own}"


def _mac(layout: Layout, host: Host, kernel: str) -> str:
    number = next(index for index, port in enumerate(host.ports) if port.kernel == kernel)
    return hardware_address(layout.slot, host.index, number)


def _cables(layout: Layout) -> Iterator[str]:
    for cable in layout.cables:
        (one, one_mac), (other, other_mac) = (
            (end, _mac(layout, layout.by_name[end.host], end.kernel)) for end in cable.ends
        )
        yield (
            f"link add name {one.kernel} address {one_mac} netns {layout.namespace(one.host)} type veth"
            f" peer name {other.kernel} address {other_mac} netns {layout.namespace(other.host)}"
        )


def _loose_ports(layout: Layout) -> Iterator[str]:
    """A port without a cable: its far end hangs, down, in the operator's namespace."""
    plugged = {(end.host, end.kernel) for cable in layout.cables for end in cable.ends}
    for host in layout.hosts:
        for number, port in enumerate(host.ports):
            if (host.name, port.kernel) not in plugged:
                mac = hardware_address(layout.slot, host.index, number)
                far = f"x{host.index}-{number} netns {layout.operator}"
                inside = layout.namespace(host.name)
                yield f"link add name {port.kernel} address {mac} netns {inside} type veth peer name {far}"


def _operator_side(layout: Layout) -> Iterator[str]:
    prefix = management_network(layout.slot).prefixlen
    yield "link set dev lo up"
    yield "link add mgmt type bridge"
    yield f"addr add {operator_address(layout.slot)}/{prefix} dev mgmt"
    yield "link set dev mgmt up"
    yield "link set dev machine master mgmt up"
    for host in layout.hosts:
        yield f"link set dev p{host.index} master mgmt up"
        # Hosts meet over their cables only, never over the management network.
        yield f"link set dev p{host.index} type bridge_slave isolated on"
    for host in layout.hosts:
        for address in host.addresses:
            # Two targets may share an address (an anycast resolver): the first keeps the route.
            yield f"route append {address}/32 via {host.management} dev mgmt"


def _host_side(layout: Layout, host: Host) -> Iterator[str]:
    yield "link set dev lo up"
    yield f"addr add {host.management}/{management_network(layout.slot).prefixlen} dev mgmt0"
    yield "link set mgmt0 up"
    for port in host.ports:
        yield f'link set dev {port.kernel} alias "{port.declared}"'
        yield f"link set dev {port.kernel} up"
        if host.kind != "device" and port.address:
            across = f" peer {port.peer}" if port.peer else ""
            yield f"addr add {port.address}{across} dev {port.kernel}"
    if host.gateway:
        yield from _gateway(host)


def _gateway(host: Host) -> Iterator[str]:
    port = next((each for each in host.ports if each.address and _reaches(each, host.gateway)), None)
    if port:
        yield f"route add default via {host.gateway} dev {port.kernel}"


def _reaches(port: Port, gateway: str) -> bool:
    from ipaddress import IPv4Address, IPv4Interface

    return IPv4Address(gateway) in IPv4Interface(port.address).network
