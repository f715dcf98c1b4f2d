"""Links: both ends exist, and each port carries one line."""

from __future__ import annotations

from collections.abc import Iterator

from yiwang.core.errors import Finding, code, suggestion
from yiwang.core.i18n import N_
from yiwang.inventory.checks.finding import finding
from yiwang.inventory.estate import Estate
from yiwang.inventory.model import Link

NO_OWNER = code(
    "E1130",
    N_('"{given}" is neither a device nor a node{suggestion}'),
    N_("declare it or correct the name"),
)
NO_INTERFACE = code(
    "E1131",
    N_('device "{owner}" has no interface "{given}"{suggestion}'),
    N_("add it under the device's `interfaces:`, or correct the name; it has: {known}"),
)
PORT_TAKEN = code(
    "E1132",
    N_('the port {end} already carries link "{other}"'),
    N_("choose a free port"),
)
LOOP = code(
    "E1133",
    N_('both ends are on "{owner}"'),
    N_("a link joins two different devices or nodes"),
)
NO_BANDWIDTH = code(
    "E1134",
    N_("the bandwidth is not declared"),
    N_("set `bandwidth_mbps:`; utilisation is measured against it"),
)


def check(estate: Estate) -> Iterator[Finding]:
    """Ends, ports, bandwidth."""
    taken: dict[tuple[str, str], str] = {}
    for name, link in estate.links.items():
        yield from _ends(estate, name, link, taken)
        if link.ends[0].owner == link.ends[1].owner:
            yield finding(estate, LOOP, "error", ("links", name, "ends"), owner=link.ends[0].owner)
        if link.bandwidth_mbps is None:
            yield finding(estate, NO_BANDWIDTH, "advice", ("links", name))


def _ends(estate: Estate, name: str, link: Link, taken: dict[tuple[str, str], str]) -> Iterator[Finding]:
    for index, end in enumerate(link.ends):
        at = ("links", name, "ends", index)
        device = estate.devices.get(end.owner)
        if device is None and end.owner not in estate.declared.objects["nodes"]:
            if end.owner not in estate.declared.objects["devices"]:
                near = suggestion(end.owner, (*estate.devices, *estate.nodes))
                yield finding(estate, NO_OWNER, "error", at, given=end.owner, suggestion=near)
        elif device is not None and end.interface not in device.interfaces:
            values = {
                "given": end.interface,
                "suggestion": suggestion(end.interface, device.interfaces),
                "known": ", ".join(device.interfaces),
            }
            yield finding(estate, NO_INTERFACE, "error", at, owner=end.owner, **values)
        other = taken.setdefault((end.owner, end.interface), name)
        if other != name:
            yield finding(estate, PORT_TAKEN, "error", at, end=end, other=other)
