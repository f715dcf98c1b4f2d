"""Routing: router ids and autonomous system numbers."""

from __future__ import annotations

from collections.abc import Iterator

from yiwang.core.errors import Finding, code
from yiwang.core.i18n import N_
from yiwang.inventory.checks.finding import finding
from yiwang.inventory.estate import Estate
from yiwang.inventory.model import Device

NO_ROUTER_ID = code(
    "E1330",
    N_("the device routes but has neither a management address nor a router id"),
    N_("set `management:`; `yiwang inventory addresses --allocate` chooses an address"),
)
ROUTER_ID_TWICE = code(
    "E1331",
    N_('the router id {given} is already that of "{other}"'),
    N_("give one of the two another `routing.router_id`, or another management address"),
    N_("Two routers with one id never become OSPF neighbours, or take turns in throwing each other's routes away."),
)
AS_OUT_OF_RANGE = code(
    "E1332",
    N_("the autonomous system {given} is outside {range}"),
    N_("take a number of the range, or correct `addressing.as_numbers`"),
)
AS_TWICE = code(
    "E1333",
    N_("the autonomous system {given} is already that of {other}"),
    N_("give one of the two another number, or remove it from the lower region, which then takes that above it"),
)


def check(estate: Estate) -> Iterator[Finding]:
    """Router ids of devices, AS numbers of devices and regions."""
    yield from _router_ids(estate)
    yield from _ranges(estate)
    yield from _doubles(estate)


def _router_ids(estate: Estate) -> Iterator[Finding]:
    first: dict[int, str] = {}
    for name, device in estate.devices.items():
        given = device.routing.router_id or device.management
        if given is None:
            if device.routing.ospf or device.routing.bgp:
                yield finding(estate, NO_ROUTER_ID, "warning", ("devices", name))
            continue
        other = first.setdefault(int(given), name)
        # The same management address twice is an address mistake, told once.
        is_own = device.routing.router_id is not None or estate.devices[other].routing.router_id is not None
        if other != name and is_own:
            at = _router_id_place(name, device)
            yield finding(estate, ROUTER_ID_TWICE, "error", at, given=given, other=other)


def _router_id_place(name: str, device: Device) -> tuple[str, ...]:
    return ("devices", name, *(("routing", "router_id") if device.routing.router_id else ("management",)))


def _ranges(estate: Estate) -> Iterator[Finding]:
    first, _dash, last = estate.addressing.as_numbers.partition("-")
    allowed = range(int(first), int(last) + 1)
    given: list[tuple[tuple[str, ...], int | None]] = []
    given += [(("regions", code_, "as_number"), region.as_number) for code_, region in estate.regions.items()]
    given += [(("devices", name, "routing", "as_number"), d.routing.as_number) for name, d in estate.devices.items()]
    for at, number in given:
        if number is not None and number not in allowed:
            yield finding(estate, AS_OUT_OF_RANGE, "warning", at, given=number, range=estate.addressing.as_numbers)


def _doubles(estate: Estate) -> Iterator[Finding]:
    first: dict[int, str] = {}
    for code_, region in estate.regions.items():
        if region.as_number is None:
            continue
        other = first.setdefault(region.as_number, code_)
        if other != code_ and other not in estate.region_chain(code_):
            shown = f"{other} {estate.regions[other].title}"
            yield finding(
                estate, AS_TWICE, "error", ("regions", code_, "as_number"), given=region.as_number, other=shown
            )
