"""Devices without a vendor's personality: FRR as declared, with its own command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from yiwang.inventory.model import Device
from yiwang.lab.layout import Host
from yiwang.lab.personality import snmpd, usm
from yiwang.lab.personality.snmpd import SnmpAccess
from yiwang.lab.seed import SeedFile, text

SNMP_GROUP = "Debian-snmp"
HELLO_SECONDS = 2
DEAD_SECONDS = 8
POINT_TO_POINT_PREFIXES = frozenset(("/30", "/31"))


def frr_configuration(device: Device, host: Host, *, is_bare: bool = False) -> str:
    """``frr.conf`` of a declared device; a bare one has nothing but its name.

    OSPF greets every two seconds, so that a rehearsal need not wait for what a real line bears.
    """
    lines = ["frr defaults traditional", f"hostname {host.name}", "service integrated-vtysh-config"]
    if not is_bare:
        lines += [*_interfaces(device, host), *_static(device), *_ospf(device), *_bgp(device)]
    return "\n".join([*lines, "line vty", ""])


def _interfaces(device: Device, host: Host) -> Iterator[str]:
    area = device.routing.ospf.area if device.routing.ospf else None
    if device.management:
        yield from _block("interface lo", _loopback(str(device.management), area))
    for port in host.ports:
        declared = device.interfaces.get(port.declared)
        lines = [f" description {port.declared}"]
        if declared and not declared.enabled:
            lines.append(" shutdown")
        if port.address:
            lines.append(f" ip address {port.address}")
            lines += _ospf_port(port.address, area, is_passive=_is_passive(device, port.declared))
        yield from _block(f"interface {port.kernel}", lines)


def _block(head: str, lines: list[str]) -> Iterator[str]:
    yield head
    yield from lines
    yield "exit"


def _loopback(address: str, area: object) -> list[str]:
    return [f" ip address {address}/32", *([] if area is None else [f" ip ospf area {area}"])]


def _is_passive(device: Device, port: str) -> bool:
    return device.routing.ospf is not None and port in device.routing.ospf.passive


def _ospf_port(address: str, area: object, *, is_passive: bool) -> Iterator[str]:
    if area is None:
        return
    yield f" ip ospf area {area}"
    if is_passive:
        yield " ip ospf passive"
        return
    if address[-3:] in POINT_TO_POINT_PREFIXES:
        yield " ip ospf network point-to-point"
    yield f" ip ospf hello-interval {HELLO_SECONDS}"
    yield f" ip ospf dead-interval {DEAD_SECONDS}"


def _static(device: Device) -> Iterator[str]:
    for route in device.routing.static:
        yield f"ip route {route.to} {route.via}"


def _ospf(device: Device) -> Iterator[str]:
    if device.routing.ospf:
        yield from _block("router ospf", [f" ospf router-id {_router_id(device)}"] if _router_id(device) else [])


def _router_id(device: Device) -> str:
    return str(device.routing.router_id or device.management or "")


def _bgp(device: Device) -> Iterator[str]:
    if not device.routing.bgp or not device.routing.as_number:
        return
    lines = [f" bgp router-id {_router_id(device)}", " no bgp ebgp-requires-policy"]
    for neighbour in device.routing.bgp:
        lines.append(f" neighbor {neighbour.address} remote-as {neighbour.as_number}")
    yield from _block(f"router bgp {device.routing.as_number}", lines)


def frr_seed(configuration: str, daemons: Mapping[str, bool]) -> dict[str, SeedFile]:
    """The files of FRR in a host: its configuration and which daemons start."""
    wanted = "".join(f"{name}={'yes' if runs else 'no'}\n" for name, runs in daemons.items())
    options = 'vtysh_enable=yes\nzebra_options="  -A 127.0.0.1 -s 90000000"\n'
    return {
        "etc/frr/frr.conf": text(configuration, 0o640, owner="frr", group="frr"),
        "etc/frr/daemons": text(wanted + options, 0o640, owner="frr", group="frr"),
        "etc/frr/vtysh.conf": text("service integrated-vtysh-config\n", 0o640, owner="frr", group="frrvty"),
    }


def forwarding() -> dict[str, SeedFile]:
    """What makes a host pass packets on."""
    return {"etc/sysctl.d/50-router.conf": text("net.ipv4.ip_forward = 1\nnet.ipv6.conf.all.forwarding = 1\n")}


def daemons_of(device: Device) -> dict[str, bool]:
    """Which routing daemons a declared device needs."""
    return {"ospfd": device.routing.ospf is not None, "bgpd": bool(device.routing.bgp)}


def snmp_seed(host: Host, access: SnmpAccess) -> dict[str, SeedFile]:
    """The files of net-snmp's agent on a device that is Linux and says so."""
    lines = [
        f"agentaddress udp:{access.port}",
        f"exactEngineID 0x{usm.engine_id(host.name).hex()}",
        f"sysName {host.name}",
        "sysServices 78",
        *snmpd.access_lines(access),
    ]
    user = snmpd.user_file(host.name, access)
    return {
        "etc/snmp/snmpd.conf": text("".join(f"{line}\n" for line in lines), 0o640, group=SNMP_GROUP),
        "var/lib/snmp/snmpd.conf": text(user, 0o600, owner=SNMP_GROUP, group=SNMP_GROUP),
    }
