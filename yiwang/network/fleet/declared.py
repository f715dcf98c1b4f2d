"""What is declared against what is seen: neighbours, ports that are up, ways to the counties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from yiwang.core.i18n import N_, _
from yiwang.inventory.checks.topology import single_points
from yiwang.inventory.estate import Estate
from yiwang.network.fleet.cabling import differences
from yiwang.network.fleet.fleet import Difference, Fleet, unknown
from yiwang.network.fleet.port import is_same_port
from yiwang.network.fleet.view import DeviceView, Spot
from yiwang.network.snmp.facts.neighbour import Neighbour

ETHERNET = 6
"""IANAifType ethernetCsmacd: what has a plug."""
CABLING = {
    "unseen": N_("declared {declared}, no neighbour is seen"),
    "elsewhere": N_("declared {declared}, seen {seen}"),
    "undeclared": N_("no link is declared, seen {seen}"),
}


def wrong_neighbours(fleet: Fleet) -> Iterator[Difference]:
    """Links that are declared and not seen over LLDP, or seen and not declared."""
    estate = fleet.around.estate
    if estate is None:
        return
    told: dict[str, list[Neighbour]] = {}
    for device in (each for each in fleet.views if each in estate.devices):
        facts = fleet.around.facts.get(device)
        if facts is None or _is_missing(facts, "neighbours"):
            yield unknown(device, _("its LLDP neighbours: yiwang network facts"))
        else:
            told[device] = [_neighbour(each) for each in facts.get("neighbours", ())]
    for each in differences(estate.links, told, estate.devices.keys() | estate.nodes.keys()):
        words = _(CABLING[each.kind]).format(declared=each.declared, seen=each.seen)
        yield Difference(each.device, _spot(fleet.views[each.device], each.port), f"{each.port}: {words}")


def _neighbour(plain: Mapping[str, Any]) -> Neighbour:
    # Evidence leaves out what a device did not tell.
    return Neighbour(**{name: plain.get(name, "") for name in Neighbour.__slots__})


def _is_missing(facts: Mapping[str, Any], group: str) -> bool:
    return any(each.get("group") == group for each in facts.get("missing", ()))


def _spot(view: DeviceView, port: str) -> Spot | None:
    return next((each.spot for each in view.ports if is_same_port(each.name, port)), None)


def undeclared_ports(fleet: Fleet) -> Iterator[Difference]:
    """Plugs that are up although neither an interface nor a link is declared on them."""
    estate = fleet.around.estate
    if estate is None:
        return
    ends = _ends(estate)
    for view in (each for name, each in fleet.views.items() if name in estate.devices):
        facts = fleet.around.facts.get(view.device)
        if facts is None or _is_missing(facts, "interfaces"):
            yield unknown(view.device, _("which of its ports are up: yiwang network facts"))
            continue
        declared = [*estate.devices[view.device].interfaces, *ends.get(view.device, ())]
        for each in facts.get("interfaces", ()):
            name = each.get("name") or each.get("description", "")
            is_up = each.get("operational") == "up" and each.get("type") == ETHERNET
            if is_up and not any(is_same_port(name, known) for known in declared):
                told = _("{port} is up and not declared").format(port=name)
                yield Difference(view.device, _spot(view, name), told)


def _ends(estate: Estate) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for link in estate.links.values():
        for end in link.ends:
            found.setdefault(end.owner, []).append(end.interface)
    return found


def single_ways(fleet: Fleet) -> Iterator[Difference]:
    """Counties that one device or line cuts off; told of the county's first device in the backbone."""
    estate = fleet.around.estate
    if estate is None:
        return
    for county, culprits in single_points(estate):
        device = next((each for each in sorted(fleet.views) if _stands_in(estate, each, county)), None)
        if device:
            values = {"title": estate.regions[county].title, "culprits": ", ".join(culprits)}
            yield Difference(device, None, _("{title} is cut off when {culprits} fails").format(**values))


def _stands_in(estate: Estate, name: str, county: str) -> bool:
    device = estate.devices.get(name)
    return device is not None and device.region == county and device.role != "access"
