"""Ports on one segment that are not set alike: MTU, OSPF timers, network types, authentication, speed, duplex."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from yiwang.core.i18n import _
from yiwang.network.fleet.fleet import Difference, Fleet, listed
from yiwang.network.fleet.view import DeviceView, Port, Spot

MTU = "mtu"
POINT_TO_POINT = 30
"""Prefixes from this length on join two ports; costs, speed and duplex are compared only there."""
OF_TWO = frozenset(("ospf cost", "speed", "duplex"))
HELLO, DEAD = "ospf hello", "ospf dead"
HELLO_SECONDS = 10
DEFAULTS = {HELLO: str(HELLO_SECONDS), "ospf network-type": "broadcast", "speed": "auto", "duplex": "auto"}
"""What holds on Ethernet where nothing is set, on every platform that we know; the dead time is four hellos."""
ALIKE = {"p2p": "point-to-point", "p2mp": "point-to-multipoint", "nbma": "non-broadcast", "message-digest": "md5"}
"""Words of one vendor for what the others call otherwise."""


@dataclass(frozen=True, slots=True)
class _End:
    view: DeviceView
    port: Port
    spot: Spot

    @property
    def name(self) -> str:
        return f"{self.view.device} {self.port.name}"


def unequal_mtu(fleet: Fleet) -> Iterator[Difference]:
    """Ports of one segment with different MTUs; where none is set, the platform's default counts."""
    for _network, ends in _segments(fleet):
        values = {end.name: _mtu(end) for end in ends if _mtu(end) is not None}
        yield from _unequal(ends, MTU, {name: str(value) for name, value in values.items()})


def unequal_settings(fleet: Fleet) -> Iterator[Difference]:
    """Ports of one segment that differ in a setting which both ends must have alike."""
    for network, ends in _segments(fleet):
        is_of_two = network.prefixlen >= POINT_TO_POINT
        names = sorted({name for end in ends for name in end.port.settings} - {MTU})
        for name in (each for each in names if is_of_two or each not in OF_TWO):
            yield from _unequal(ends, name, {end.name: _value(end.port, name) for end in ends})


def _segments(fleet: Fleet) -> Iterator[tuple[IPv4Network, list[_End]]]:
    """Ports of different devices with addresses of one network in instances of one name."""
    found: dict[tuple[str, IPv4Network], list[_End]] = defaultdict(list)
    for view in fleet.views.values():
        for port in (each for each in view.ports if not each.is_shut):
            for address in port.addresses:
                if address.interface.network.prefixlen < address.interface.max_prefixlen:
                    found[port.vrf, address.interface.network].append(_End(view, port, address.spot))
    for (_vrf, network), ends in found.items():
        if len({end.view.device for end in ends}) > 1:
            yield network, ends


def _mtu(end: _End) -> int | None:
    told = end.port.settings.get(MTU)
    return int(told.text) if told and told.text.isdecimal() else end.view.default_mtu


def _value(port: Port, name: str) -> str:
    told = port.settings.get(name)
    if told:
        word = told.text.lower().removeprefix("hmac-").replace("sha-", "sha")
        return ALIKE.get(word, word)
    hello = port.settings.get(HELLO)
    if name == DEAD:
        return str(4 * int(hello.text if hello and hello.text.isdecimal() else HELLO_SECONDS))
    return DEFAULTS.get(name, "")


def _unequal(ends: list[_End], name: str, values: dict[str, str]) -> Iterator[Difference]:
    if len(set(values.values())) < 2:
        return
    for end in (each for each in ends if each.name in values):
        own = values[end.name]
        others = [f"{other} {value or '–'}" for other, value in values.items() if value != own]
        told = _("{setting} {own}; {others}").format(setting=name, own=own or "–", others=listed(others))
        setting = end.port.settings.get(name)
        yield Difference(end.view.device, setting.spot if setting else end.spot, told)
