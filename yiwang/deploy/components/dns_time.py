"""``dns-time``: answers for the names of the estate, and tells the time to its networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import Field
from pyinfra.operations import apt

from yiwang.core.address import IpNetwork
from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared
from yiwang.deploy.component import Component, Gate, Secrets
from yiwang.deploy.components.host.peer import merged
from yiwang.deploy.components.host.resolver import domain_of
from yiwang.deploy.components.operations import service
from yiwang.deploy.components.operations.configuration import written
from yiwang.inventory.model.names import Name

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate


class NamesAndTime(Declared):
    """Values of ``dns-time``."""

    domain: str = Field(pattern=r"^[a-z0-9.-]+$", description=N_("domain of the estate's own names"))
    name: Name = Field(description=N_("name of the server itself"))
    addresses: tuple[str, ...] = Field(description=N_("own addresses on which it answers"))
    names: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description=N_("name of each node and device, and its addresses, the first for the way back"),
    )
    networks: tuple[IpNetwork, ...] = Field((), description=N_("networks that are answered"))
    forwarders: tuple[str, ...] = Field(
        (), description=N_("resolvers that are asked for all other names; empty: other names do not exist")
    )
    stratum: int = Field(
        10, ge=1, le=15, description=N_("stratum at which it tells its own time when no source can be reached")
    )


def derive(estate: Estate, name: str) -> Mapping[str, Any]:
    """Every node and device with its addresses; every address block of the estate is answered."""
    blocks = [estate.addressing.extranet, *estate.addressing.blocks.values()]
    outside = [each.ip for node in estate.nodes.values() for each in node.addresses.values()]
    return {
        "domain": domain_of(estate),
        "name": name,
        "addresses": [str(each.ip) for each in estate.nodes[name].addresses.values()],
        "names": dict(_names(estate)),
        "networks": [str(each) for each in merged([*blocks, *outside])],
    }


def _names(estate: Estate) -> Iterator[tuple[str, list[str]]]:
    for name, node in estate.nodes.items():
        own = [node.addresses.get(node.zone), *node.addresses.values()]
        yield name, list(dict.fromkeys(str(each.ip) for each in own if each))
    for name, device in estate.devices.items():
        if device.management:
            yield name, [str(device.management)]


def deploy(spec: NamesAndTime, secrets: Secrets) -> None:
    """unbound and chrony."""
    apt.packages(
        name=_("packages of the name and time server"),
        packages=["chrony", "dns-root-data", "unbound"],
        no_recommends=True,
    )
    names = written(_("names"), "dns-time/unbound.conf.j2", "/etc/unbound/unbound.conf.d/50-yiwang.conf", spec=spec)
    # The key that Debian's own settings name is laid down by its unit before each start.
    check = "/usr/libexec/unbound-helper root_trust_anchor_update; unbound-checkconf"
    service.running(name=_("name service"), service="unbound", reads=(names,), check=check, apply="restart")
    clients = written(
        _("who is told the time"), "dns-time/chrony.conf.j2", "/etc/chrony/conf.d/50-yiwang.conf", spec=spec
    )
    service.running(name=_("time service for others"), service="chrony", reads=(clients,), apply="restart")


def gates(spec: NamesAndTime) -> tuple[Gate, ...]:
    """It answers for its own name."""
    first = spec.addresses[0] if spec.addresses else "127.0.0.1"
    return (
        Gate("dns", {"name": f"{spec.name}.{spec.domain}", "server": first, "expect": first}),
        Gate("service", {"unit": "chrony"}),
    )


COMPONENT = Component(
    name="dns-time",
    title=N_("names and time"),
    spec=NamesAndTime,
    deploy=deploy,
    derive=derive,
    gates=gates,
    clauses=("8.1.4.3",),
)
