"""Topology: every region is reached, and no single device or line cuts a county off."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from yiwang.core.errors import Finding, code
from yiwang.core.i18n import N_
from yiwang.inventory.checks.finding import finding
from yiwang.inventory.estate import Estate
from yiwang.inventory.separation import Separation

NO_ACCESS = code(
    "E1150",
    N_("no device or node reaches {title}"),
    N_("declare an access device with a link, or set `access_required: false`"),
    N_("The extranet must cover every city, county and township; this division has no equipment at all."),
)
CUT_OFF = code(
    "E1151",
    N_("equipment stands in {title}, but no line leads from it to the core"),
    N_("declare the missing link; not reached: {names}"),
)
SINGLE_POINT = code(
    "E1152",
    N_("{title} is cut off when {culprits} fails"),
    N_("add a second line or device on another way"),
    N_(
        "The way from the core to this county passes through single devices or lines. GB/T 22239 level 3 asks for "
        "redundant lines and key devices (8.1.2.1 e)."
    ),
)
NO_CORE = code(
    "E1153",
    N_("no device has the role core"),
    N_("give it to the devices in the middle of the network"),
)
NO_ORGANISATION_ACCESS = code(
    "E1154",
    N_("it must be covered by the extranet, but its division has no access"),
    N_("set `access:` to the device that serves it, or `access_required: false`"),
)

START = "\0start"
Graph = Mapping[str, list[str]]


def neighbours(estate: Estate) -> Graph:
    """Every device and node with those that a line joins it to."""
    graph: dict[str, list[str]] = {name: [] for name in (*estate.devices, *estate.nodes)}
    for link in estate.links.values():
        one, other = (end.owner for end in link.ends)
        if one in graph and other in graph:
            graph[one].append(other)
            graph[other].append(one)
    return graph


def check(estate: Estate) -> Iterator[Finding]:
    """Coverage and single points of failure."""
    if not estate.devices:
        return
    cores = top_cores(estate)
    if not cores:
        first = next(iter(estate.devices))
        yield finding(estate, NO_CORE, "warning", ("devices", first, "role"))
        return
    reached = _reached(neighbours(estate), cores)
    equipment = _equipment(estate)
    yield from _coverage(estate, reached, equipment)
    yield from _organisations(estate, equipment)
    for county, culprits in single_points(estate):
        values = {"title": estate.regions[county].title, "culprits": ", ".join(culprits)}
        yield finding(estate, SINGLE_POINT, "warning", ("regions", county), **values)


def top_cores(estate: Estate) -> set[str]:
    """The core devices of the highest level that has any."""
    depth = {
        name: len(estate.region_chain(device.region))
        for name, device in estate.devices.items()
        if device.role == "core"
    }
    top = min(depth.values(), default=0)
    return {name for name, level in depth.items() if level == top}


def _reached(graph: Graph, cores: set[str]) -> set[str]:
    reached, waiting = set(cores), deque(cores)
    while waiting:
        for each in graph[waiting.popleft()]:
            if each not in reached:
                reached.add(each)
                waiting.append(each)
    return reached


def _equipment(estate: Estate) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind in (estate.devices, estate.nodes):
        for name, target in kind.items():
            found.setdefault(target.region, []).append(name)
    return found


def _coverage(estate: Estate, reached: set[str], equipment: Mapping[str, list[str]]) -> Iterator[Finding]:
    for code_, region in estate.regions.items():
        if not region.access_required:
            continue
        names = equipment.get(code_, [])
        if not names:
            yield finding(estate, NO_ACCESS, "warning", ("regions", code_), title=region.title)
        elif not any(name in reached for name in names):
            values = {"title": region.title, "names": ", ".join(names)}
            yield finding(estate, CUT_OFF, "error", ("regions", code_), **values)


def _organisations(estate: Estate, equipment: Mapping[str, list[str]]) -> Iterator[Finding]:
    for name, organisation in estate.organisations.items():
        if organisation.access_required and organisation.access is None and not equipment.get(organisation.region):
            yield finding(estate, NO_ORGANISATION_ACCESS, "warning", ("organisations", name))


def single_points(estate: Estate) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The counties that one device or line can cut off from the core, each with those devices and lines."""
    cores = top_cores(estate)
    if not cores:
        return
    graph = _backbone(estate)
    graph[START] = [*cores]
    for core in cores:
        graph[core].append(START)
    counties = _counties(estate)
    for county, devices in counties.items():
        graph[f"{START}{county}"] = devices
        for device in devices:
            graph[device].append(f"{START}{county}")
    separation = Separation(graph, START)
    for county, devices in counties.items():
        culprits = [each for each in separation.before(f"{START}{county}") if each not in devices]
        if culprits:
            yield county, tuple(each.lstrip("\0") for each in culprits)


def _backbone(estate: Estate) -> dict[str, list[str]]:
    """Devices and lines as vertices, so that a line can be a single point too.

    Access devices and nodes hang below a county and are left out.
    """
    graph: dict[str, list[str]] = {name: [] for name, device in estate.devices.items() if device.role != "access"}
    for name, link in estate.links.items():
        ends = {end.owner for end in link.ends}
        if ends <= graph.keys():
            graph[f"\0{name}"] = [*ends]
            for end in ends:
                graph[end].append(f"\0{name}")
    return graph


def _counties(estate: Estate) -> dict[str, list[str]]:
    """Each county with its devices that take part in the backbone; not where the estate itself is one."""
    found: dict[str, list[str]] = {}
    for name, device in estate.devices.items():
        region = estate.regions.get(device.region)
        if region and region.level == "county" and device.role != "access":
            found.setdefault(device.region, []).append(name)
    return {county: names for county, names in found.items() if county != estate.header.region}
