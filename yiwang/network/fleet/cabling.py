"""Declared links against the neighbours that devices see over LLDP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal

from yiwang.inventory.model.link import End, Link
from yiwang.network.fleet.port import is_same_port
from yiwang.network.snmp.facts.neighbour import Neighbour

Kind = Literal["unseen", "elsewhere", "undeclared"]


@dataclass(frozen=True, slots=True)
class CablingDifference:
    """A port whose neighbour is not the declared one.

    ``unseen``: a link is declared and no neighbour shows; ``elsewhere``: another neighbour or another port of it
    shows; ``undeclared``: a host of the estate shows where no link is declared.  ``declared`` and ``seen`` are
    ``host:port`` or empty; ``link`` is the declared link's name or empty.
    """

    kind: Kind
    device: str
    port: str
    declared: str = ""
    seen: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class _Declared:
    link: str
    port: str
    far: End


def differences(
    links: Mapping[str, Link], told: Mapping[str, Sequence[Neighbour]], hosts: Set[str]
) -> tuple[CablingDifference, ...]:
    """By device and port, of the devices that told their neighbours; ``hosts`` are all names of the estate.

    Neighbours that are no host of the estate, such as a carrier's box, are nobody's fault.
    """
    found = [each for device, neighbours in told.items() for each in _device(device, neighbours, links, hosts)]
    return tuple(sorted(found, key=lambda each: (each.device, each.port)))


def _device(
    device: str, neighbours: Sequence[Neighbour], links: Mapping[str, Link], hosts: Set[str]
) -> Iterator[CablingDifference]:
    declared = list(_ends(device, links))
    for end in declared:
        yield from _end(device, end, [each for each in neighbours if _is_at(each, end.port)])
    for each in neighbours:
        if each.name in hosts and not any(_is_at(each, end.port) for end in declared):
            yield CablingDifference("undeclared", device, each.port, seen=f"{each.name}:{each.far_port}")


def _ends(device: str, links: Mapping[str, Link]) -> Iterator[_Declared]:
    for name, link in links.items():
        for mine, far in (link.ends, link.ends[::-1]):
            if mine.owner == device:
                yield _Declared(name, mine.interface, far)


def _end(device: str, end: _Declared, neighbours: Sequence[Neighbour]) -> Iterator[CablingDifference]:
    # A switch that passes LLDP on shows several neighbours on one port; the declared one among them is enough.
    if any(_is_declared(each, end.far) for each in neighbours):
        return
    if not neighbours:
        yield CablingDifference("unseen", device, end.port, str(end.far), link=end.link)
        return
    seen = ", ".join(f"{each.name}:{each.far_port}" for each in neighbours)
    yield CablingDifference("elsewhere", device, end.port, str(end.far), seen, end.link)


def _is_at(neighbour: Neighbour, port: str) -> bool:
    return any(each and is_same_port(each, port) for each in (neighbour.port, neighbour.port_description))


def _is_declared(neighbour: Neighbour, far: End) -> bool:
    ports = (neighbour.far_port, neighbour.far_port_description)
    return neighbour.name == far.owner and any(each and is_same_port(each, far.interface) for each in ports)
