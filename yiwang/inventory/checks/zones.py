"""Zones: what may stand where, and that only the exchange crosses."""

from __future__ import annotations

from collections.abc import Iterator

from yiwang.core.errors import Finding, code
from yiwang.core.i18n import N_
from yiwang.inventory.checks.finding import finding
from yiwang.inventory.estate import Estate

WRONG_ZONE = code(
    "E1110",
    N_('role "{role}" may not run in zone "{zone}"'),
    N_("move it to {allowed}, or take the role away"),
    N_(
        "Base and topic databases must not stand where the internet reaches (政务公共云), and what the internet "
        "reaches must not stand among them (政务专有云). Data leave the dedicated zone through the exchange only."
    ),
)
UNMANAGED = code(
    "E1111",
    N_('zone "{zone}" is not managed by this estate'),
    N_("choose another zone; classified networks are reached by one-way file transfer only"),
)
CROSSING = code(
    "E1112",
    N_("the node has addresses in several zones ({zones}) but is no exchange node"),
    N_("keep one address, or give it the role exchange"),
    N_("A host with a leg in two zones joins them behind the firewall's back. Only exchange nodes may do that."),
)
OPEN_POLICY = code(
    "E1113",
    N_('zone "{zone}" faces the internet and may open {services} to "{to}" directly'),
    N_("let it go `through: exchange`, or remove it"),
)
NO_OWN_ADDRESS = code(
    "E1114",
    N_('the node has no address in its own zone "{zone}"'),
    N_("add it under `addresses:`, or let `yiwang inventory addresses --allocate` choose one"),
)

# Time, names and logs must work from everywhere: a host without them is worse than the open port.
SERVICES_FOR_ALL = frozenset(("udp/123", "udp/53", "tcp/53", "tcp/6514", "udp/514"))


def check(estate: Estate) -> Iterator[Finding]:
    """Roles in their zones, no node across zones, no direct way in from the internet."""
    for name, node in estate.nodes.items():
        zone = estate.zones.get(node.zone)
        if zone and not zone.managed:
            yield finding(estate, UNMANAGED, "error", ("nodes", name, "zone"), zone=node.zone)
        for index, role in enumerate(node.roles):
            allowed = estate.roles[role].zones if role in estate.roles else ()
            if allowed and node.zone not in allowed:
                values = {"role": role, "zone": node.zone, "allowed": ", ".join(allowed)}
                yield finding(estate, WRONG_ZONE, "error", ("nodes", name, "roles", index), **values)
        if len(node.addresses) > 1 and "exchange" not in node.roles:
            zones = ", ".join(node.addresses)
            yield finding(estate, CROSSING, "error", ("nodes", name, "addresses"), zones=zones)
        if node.zone not in node.addresses:
            yield finding(estate, NO_OWN_ADDRESS, "warning", ("nodes", name, "addresses"), zone=node.zone)
    yield from _policy(estate)


def _policy(estate: Estate) -> Iterator[Finding]:
    for name, zone in estate.zones.items():
        for index, flow in enumerate(zone.may_open if zone.internet else ()):
            target = estate.zones.get(flow.to)
            direct = [each for each in flow.services if each not in SERVICES_FOR_ALL]
            if target and not target.internet and flow.through == "direct" and direct:
                values = {"zone": name, "to": flow.to, "services": ", ".join(direct)}
                yield finding(estate, OPEN_POLICY, "error", ("zones", name, "may_open", index), **values)
