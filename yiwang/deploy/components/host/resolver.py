"""How the node finds names."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared
from yiwang.deploy.components.host.peer import address_for, with_role
from yiwang.deploy.components.operations.configuration import written
from yiwang.inventory.estate import Estate

DNS_ROLE = "dns-time"


class Resolver(Declared):
    """Who answers for names."""

    resolvers: tuple[str, ...] = Field((), description=N_("addresses of resolvers; empty: the node's own stay"))
    domain: str = Field("", pattern=r"^[a-z0-9.-]*$", description=N_("domain of the estate's own names"))


def domain_of(estate: Estate) -> str:
    """The domain of the estate's own names: what a name server declares, else one that the internet never has."""
    for node in with_role(estate, DNS_ROLE):
        own = node.vars.get(DNS_ROLE)
        if isinstance(own, dict) and own.get("domain"):
            return str(own["domain"])
    return f"{estate.header.name}.internal"


def derive(estate: Estate, name: str) -> dict[str, Any]:
    """The declared resolvers, as this node reaches them."""
    given = estate.nodes[name].dns
    return {"resolvers": [address_for(estate, name, each) for each in given], "domain": domain_of(estate)}


def deploy(spec: Resolver) -> None:
    """``/etc/resolv.conf``, where the estate declares resolvers."""
    if spec.resolvers:
        written(_("resolvers"), "baseline/resolv.conf.j2", "/etc/resolv.conf", spec=spec)
