"""Who manages a device, from where, and whom it tells of what happens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, collapse_addresses

from yiwang.inventory.estate import Estate
from yiwang.inventory.model import Device
from yiwang.inventory.model.device import Snmp
from yiwang.network.intent.model import ManagementIntent, SnmpIntent

MANAGING = frozenset(("bastion", "console", "worker", "monitor"))
"""Roles of nodes that log in to devices or ask them over SNMP."""
MONITOR = "monitor"
POOL = "management"


def management_of(estate: Estate, name: str, device: Device) -> ManagementIntent:
    """The management plane of a device; a password that is not declared has its place in the vault by custom."""
    protection, credentials = device.protection, device.credentials
    own = f"vault:devices/{name}"
    return ManagementIntent(
        account=credentials.user,
        password=credentials.password or f"{own}/password",
        enable=credentials.enable or f"{own}/enable",
        auditor=protection.auditor,
        auditor_password=protection.auditor_password or f"{own}/auditor-password",
        managers=tuple(_managers(estate, device)),
        servers=tuple(addresses_of(estate, protection.servers)),
        server_key=protection.server_key or f"{own}/tacacs-key",
        ntp=tuple(addresses_of(estate, device.ntp)),
        ntp_key=protection.ntp_key,
        log=tuple(addresses_of(estate, device.log)),
        traps=tuple(addresses_of(estate, protection.traps or _monitors(estate))),
        snmp=_snmp(device.snmp, own) if device.snmp else None,
    )


def _managers(estate: Estate, device: Device) -> Iterator[IPv4Network]:
    """Where management comes from; with nobody to manage it, the pool of management addresses, else the extranet."""
    nodes = [node for node in estate.nodes.values() if MANAGING & set(node.roles)]
    if via := estate.nodes.get(device.credentials.via or ""):
        nodes.append(via)
    found = [IPv4Network(each.ip) for node in nodes for each in node.addresses.values()]
    found += device.protection.managers
    return collapse_addresses(found or [estate.addressing.blocks.get(POOL, estate.addressing.extranet)])


def _monitors(estate: Estate) -> Iterable[str]:
    return (name for name, node in estate.nodes.items() if MONITOR in node.roles)


def addresses_of(estate: Estate, named: Iterable[str]) -> Iterator[str]:
    """The addresses of nodes, devices and addresses that are named; what has none is left out."""
    for each in named:
        target = estate.nodes.get(each) or estate.devices.get(each)
        address = estate.address_of(target) if target else each
        try:
            yield str(IPv4Address(address))
        except ValueError:
            continue


def _snmp(declared: Snmp, own: str) -> SnmpIntent:
    return SnmpIntent(
        version=declared.version,
        user=declared.user or "yiwang",
        community=declared.community or f"{own}/community",
        auth=declared.auth or f"{own}/snmp-auth",
        privacy=declared.privacy or f"{own}/snmp-privacy",
        auth_protocol=declared.auth_protocol,
        privacy_protocol=declared.privacy_protocol,
    )
