"""The node's own firewall: nothing comes in but what the zones' policy and the declared services ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import Field

from yiwang.core.address import IpAddress, IpNetwork
from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared, Flag
from yiwang.deploy.component import Gate
from yiwang.deploy.components.host.peer import addresses, merged, users_of, with_role
from yiwang.deploy.components.operations import command, service
from yiwang.deploy.components.operations.configuration import Configuration, written
from yiwang.inventory.estate import Estate
from yiwang.inventory.model import Node
from yiwang.inventory.model.names import Port
from yiwang.inventory.model.zone import Flow, Service
from yiwang.inventory.policy import Offer, offers, zone_networks

EXCHANGE, BASTION = "exchange", "bastion"
EVERYWHERE = ("0.0.0.0/0",)
SSH = "tcp/22"
RULES = "/etc/nftables.conf"
OWN_RULES = "/etc/nftables.d"
# What is in force is compared with what was loaded: somebody may have changed it by hand.
SUM = "/var/lib/yiwang/nftables.sum"
# Numbers: names of protocols are known or not, depending on what is installed.
LISTED = "nft -s -n list table inet yiwang | sha256sum"


class Allowance(Declared):
    """Connections that may come in."""

    sources: tuple[IpNetwork, ...] = Field(description=N_("networks from which they may come"))
    services: tuple[Service, ...] = Field(description=N_("such as tcp/443, udp/123, icmp"))
    to: IpAddress | None = Field(None, description=N_("own address that is reached; default: any of its own"))
    purpose: str = Field("", pattern=r"^[^\n]*$", description=N_("why this is allowed"))


class Firewall(Declared):
    """What may come in; everything else is denied and counted in the log."""

    ssh_port: Port = Field(22, description=N_("port of the SSH server"))
    ssh_sources: tuple[IpNetwork, ...] = Field(
        merged(EVERYWHERE),
        validate_default=True,
        description=N_("networks from which SSH comes: bastions and consoles"),
    )
    management_networks: tuple[IpNetwork, ...] = Field(
        (), description=N_("networks from which the node is managed besides; SSH comes in from there too")
    )
    policy: tuple[Allowance, ...] = Field((), description=N_("what follows from the zones and the declared services"))
    allow: tuple[Allowance, ...] = Field((), description=N_("what else may come in"))
    passes_on: Flag = Field(False, description=N_("whether it passes packets on; true on routers"))


def derive(estate: Estate, name: str) -> dict[str, Any]:
    """The zones' policy and the declared services, as rules of this node."""
    own = estate.nodes[name]
    sources, policy = _ssh_sources(estate, own), list(_policy(estate, name))
    return {
        "ssh_port": own.connection.port,
        "ssh_sources": sources,
        "policy": policy,
        "passes_on": "router" in own.roles,
    }


def _ssh_sources(estate: Estate, own: Node) -> tuple[str, ...]:
    """Bastions and consoles; where the estate knows of none, whoever may by the zones' policy; else everybody."""
    ways = [*with_role(estate, BASTION), *with_role(estate, "console")]
    if via := estate.nodes.get(own.connection.via or ""):
        ways.append(via)
    found = [str(each) for each in addresses(ways)]
    if BASTION in own.roles or own.connection.via is None:
        found += [str(each) for flow in _flows(estate, own) if SSH in flow[1].services for each in flow[2]]
        return tuple(map(str, merged(found))) if found else EVERYWHERE
    return tuple(map(str, merged(found))) or EVERYWHERE


def _policy(estate: Estate, name: str) -> Iterator[dict[str, Any]]:
    own = estate.nodes[name]
    for zone, flow, sources in _flows(estate, own):
        services = [each for each in flow.services if each != SSH]
        if services and sources:
            yield _rule(sources, services, f"{zone} → {flow.to} {flow.purpose}", to=own.addresses[flow.to].ip)
    for offer in offers():
        if offer.role in (*own.roles, "*") and (sources := list(_askers(estate, name, offer))):
            yield _rule(sources, offer.services, offer.purpose)


def _rule(sources: Iterable[Any], services: Iterable[str], purpose: str, *, to: Any = None) -> dict[str, Any]:
    return {
        "sources": [str(each) for each in merged(sources)],
        "services": list(services),
        "to": None if to is None else str(to),
        "purpose": purpose.strip(),
    }


def _flows(estate: Estate, own: Node) -> Iterator[tuple[str, Flow, list[Any]]]:
    """Flows that end at this node: the zone that opens them, and from where in it."""
    for name, zone in estate.zones.items():
        for flow in zone.may_open:
            if flow.to not in own.addresses:
                continue
            if flow.through == "direct" or EXCHANGE in own.roles:
                yield name, flow, list(zone_networks(estate, name))
            else:
                yield name, flow, list(addresses(with_role(estate, EXCHANGE)))


def _askers(estate: Estate, name: str, offer: Offer) -> Iterator[Any]:
    own, whose = estate.nodes[name], offer.whose
    if whose == "users":
        yield from users_of(estate, name, offer.kind)
    elif whose == "zone":
        yield from addresses(each for each in estate.nodes.values() if set(each.addresses) & set(own.addresses))
    elif whose == "nodes":
        yield from addresses(estate.nodes.values())
    elif whose == "everybody":
        if _is_outermost(estate, own.zone):
            yield from EVERYWHERE
    else:
        yield from addresses(with_role(estate, whose))


def _is_outermost(estate: Estate, zone: str) -> bool:
    """Whether a zone faces the internet, with no other that faces it in between."""
    before = [name for name, each in estate.zones.items() if each.internet and any(f.to == zone for f in each.may_open)]
    return zone in estate.zones and estate.zones[zone].internet and not before


def deploy(spec: Firewall) -> None:
    """nftables: checked, then loaded at once as a whole."""
    command.ensure(
        name=_("folder of the components' own rules"),
        commands=[f"mkdir -p {OWN_RULES}"],
        holds=f"test -d {OWN_RULES}",
        changes=[OWN_RULES],
    )
    rules = written(
        _("firewall"),
        "baseline/nftables.conf.j2",
        RULES,
        mode="640",
        spec=spec,
        rules=[*map(_lines, spec.policy), *map(_lines, spec.allow)],
    )
    in_force(rules)


def in_force(*rules: Configuration) -> None:
    """Load the firewall again when one of its files is newer, or when somebody changed what was loaded.

    A component that opens something of its own writes a file into :data:`OWN_RULES` and calls this.
    """
    remember = f"mkdir -p {SUM.rpartition('/')[0]} && {LISTED} >{SUM}"
    service.running(
        name=_("firewall in force"),
        service="nftables",
        reads=rules,
        check=f"nft -c -f {RULES}",
        confirm=f'[ "$({LISTED})" = "$(cat {SUM})" ]',
        apply=f"sh -c 'systemctl reload-or-restart nftables && {remember}'",
    )


def _lines(allowance: Allowance) -> dict[str, Any]:
    """An allowance in nftables' words: what matches, once for each protocol."""
    ports: dict[str, list[str]] = {}
    for each in allowance.services:
        protocol, _slash, port = each.partition("/")
        ports.setdefault(protocol, []).append(port)
    matches = [_match(protocol, values) for protocol, values in ports.items()]
    return {"allowance": allowance, "matches": matches}


def _match(protocol: str, ports: list[str]) -> str:
    if protocol == "icmp":
        return "meta l4proto icmp"
    if protocol == "any":
        return "meta l4proto != 0"
    return f"{protocol} dport {{ {', '.join(ports)} }}"


def gates(spec: Firewall) -> tuple[Gate, ...]:
    """It is loaded, and SSH still comes in."""
    return (Gate("service", {"unit": "nftables"}), Gate("ssh"))
