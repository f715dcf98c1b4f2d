"""References: every name that an object mentions must be declared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from yiwang.core.errors import Finding, code, suggestion
from yiwang.core.i18n import N_
from yiwang.inventory.checks.finding import finding
from yiwang.inventory.estate import Estate
from yiwang.inventory.loading.declarations import SINGULAR

DANGLING = code(
    "E1101",
    N_('{wanted} "{given}" does not exist{suggestion}'),
    N_("declare it or correct the name; `yiwang inventory list --kind {kinds}` shows what exists"),
    N_("An object refers to another one by a name that no file of the estate declares."),
)
UNKNOWN_ROLE = code(
    "E1102",
    N_('role "{given}" is unknown{suggestion}'),
    N_("known roles: {known}; declare your own under `roles:`"),
    N_(
        "A node's roles decide what is installed on it. The name is neither one of the built-in roles nor declared "
        "under `roles:` in the estate, so nothing would be installed and nobody would notice."
    ),
)
UNKNOWN_REGION = code(
    "E1103",
    N_('division "{given}" is not declared{suggestion}'),
    N_("add it under `regions:` with title, level and parent, or correct the code"),
)
NAME_TAKEN = code(
    "E1104",
    N_("a node and a device have the same name"),
    N_("rename one of them: links and host names use one set of names"),
)
UNKNOWN_PLATFORM = code(
    "E1105",
    N_('platform "{given}" is not one that Yiwang brings{suggestion}'),
    N_("known platforms: {known}; leave it if a platform file of your own defines it"),
)

PLATFORMS = ("cisco_ios", "cisco_xe", "frr", "hp_comware", "huawei_vrp", "linux", "ruijie_os", "zte_zxros")

_ADDRESS = re.compile(r"[0-9a-fA-F:.]+|[a-z]+://.*")


class Reference(NamedTuple):
    """Where a kind mentions a name, and the kinds in which it may be declared."""

    kind: str
    path: tuple[str, ...]
    targets: tuple[str, ...]


REFERENCES = (
    Reference("sites", ("organisation",), ("organisations",)),
    Reference("nodes", ("site",), ("sites",)),
    Reference("nodes", ("zone",), ("zones",)),
    Reference("nodes", ("organisation",), ("organisations",)),
    Reference("nodes", ("connection", "via"), ("nodes",)),
    Reference("nodes", ("groups",), ("groups",)),
    Reference("nodes", ("ntp",), ("nodes",)),
    Reference("nodes", ("log",), ("nodes",)),
    Reference("nodes", ("dns",), ("nodes",)),
    Reference("nodes", ("mirror",), ("nodes",)),
    Reference("nodes", ("addresses",), ("zones",)),
    Reference("devices", ("site",), ("sites",)),
    Reference("devices", ("organisation",), ("organisations",)),
    Reference("devices", ("credentials", "via"), ("nodes",)),
    Reference("devices", ("groups",), ("groups",)),
    Reference("devices", ("ntp",), ("nodes", "devices")),
    Reference("devices", ("log",), ("nodes",)),
    Reference("devices", ("protection", "servers"), ("nodes",)),
    Reference("devices", ("protection", "traps"), ("nodes",)),
    Reference("organisations", ("parent",), ("organisations",)),
    Reference("organisations", ("access",), ("devices",)),
    Reference("systems", ("organisation",), ("organisations",)),
    Reference("systems", ("nodes",), ("nodes",)),
    Reference("systems", ("merges_into",), ("systems",)),
    Reference("adapters", ("system",), ("systems",)),
    Reference("adapters", ("node",), ("nodes",)),
    Reference("adapters", ("agreement",), ("agreements",)),
    Reference("agreements", ("provider",), ("organisations",)),
    Reference("agreements", ("consumer",), ("organisations",)),
    Reference("agreements", ("system",), ("systems",)),
    Reference("milestones", ("owners",), ("organisations",)),
    Reference("milestones", ("depends_on",), ("milestones",)),
    Reference("reports", ("owner",), ("organisations",)),
    Reference("reports", ("recipients",), ("organisations",)),
)

# Fields that take an address or URL as well as a name.
ADDRESSABLE = frozenset(("ntp", "log", "dns", "mirror", "servers", "traps"))


def check(estate: Estate) -> Iterator[Finding]:
    """Every reference of the table, regions, roles, zones inside objects, and names used twice."""
    for reference in REFERENCES:
        yield from _dangling(estate, reference)
    yield from _regions(estate)
    yield from _roles(estate)
    yield from _inside(estate)


def _dangling(estate: Estate, reference: Reference) -> Iterator[Finding]:
    known = {name for kind in reference.targets for name in estate.declared.objects[kind]}
    first, *rest = reference.path
    free = reference.path[-1] in ADDRESSABLE
    for name, value in getattr(estate, reference.kind).items():
        given: Any = getattr(value, first)
        for part in rest:
            given = getattr(given, part)
        if not given:
            continue
        for index, each in enumerate((given,) if isinstance(given, str) else given):
            if each not in known and not (free and _ADDRESS.fullmatch(each)):
                path = _place(reference.path, given, index, each)
                yield _missing(estate, (reference.kind, name, *path), reference.targets, each, known)


def _place(path: tuple[str, ...], given: Any, index: int, each: str) -> tuple[str | int, ...]:
    if isinstance(given, str):
        return path
    return (*path, each if isinstance(given, dict) else index)


def _missing(estate: Estate, at: tuple[Any, ...], kinds: tuple[str, ...], given: str, known: set[str]) -> Finding:
    values = {"given": given, "suggestion": suggestion(given, known), "kinds": kinds[0]}
    return finding(estate, DANGLING, "error", at, wanted=SINGULAR[kinds[0]], **values)


def _regions(estate: Estate) -> Iterator[Finding]:
    known = estate.declared.objects["regions"].keys()
    for kind in ("sites", "nodes", "devices", "organisations", "systems", "milestones", "reports"):
        for name, value in getattr(estate, kind).items():
            if value.region is not None and value.region not in known:
                near = suggestion(value.region, known)
                yield finding(
                    estate, UNKNOWN_REGION, "error", (kind, name, "region"), given=value.region, suggestion=near
                )


def _roles(estate: Estate) -> Iterator[Finding]:
    known = estate.roles.keys()
    for name, node in estate.nodes.items():
        for index, role in enumerate(node.roles):
            if role not in known:
                values = {"given": role, "suggestion": suggestion(role, known), "known": ", ".join(sorted(known))}
                yield finding(estate, UNKNOWN_ROLE, "error", ("nodes", name, "roles", index), **values)
    for name in estate.nodes.keys() & estate.devices.keys():
        yield finding(estate, NAME_TAKEN, "error", ("devices", name))


def _inside(estate: Estate) -> Iterator[Finding]:
    zones = set(estate.declared.objects["zones"])
    for name, zone in estate.zones.items():
        for index, flow in enumerate(zone.may_open):
            if flow.to not in zones:
                yield _missing(estate, ("zones", name, "may_open", index, "to"), ("zones",), flow.to, zones)
    for name, device in estate.devices.items():
        if device.platform not in PLATFORMS:
            values = {"suggestion": suggestion(device.platform, PLATFORMS), "known": ", ".join(PLATFORMS)}
            yield finding(
                estate, UNKNOWN_PLATFORM, "warning", ("devices", name, "platform"), given=device.platform, **values
            )
        for port, interface in device.interfaces.items():
            at = ("devices", name, "interfaces", port)
            if interface.zone and interface.zone not in zones:
                yield _missing(estate, (*at, "zone"), ("zones",), interface.zone, zones)
            if interface.vrf and interface.vrf not in device.vrfs:
                near = suggestion(interface.vrf, device.vrfs)
                values = {"wanted": "VRF", "given": interface.vrf, "suggestion": near, "kinds": "devices"}
                yield finding(estate, DANGLING, "error", (*at, "vrf"), **values)
