"""Names that the kernel accepts for declared ports, and the addresses of the management network."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

SLOTS = 64
FIRST_HOST = 10
MANAGEMENT = IPv4Network("198.18.0.0/16")
CABLES = IPv4Network("198.19.0.0/16")
"""RFC 2544 sets 198.18.0.0/15 aside for test networks: no estate may declare it."""

LONGEST = 15
RESERVED = frozenset(("lo", "mgmt0"))
_VALID = re.compile(r"[^\s/:]+")
_PARTS = re.compile(r"^(?P<speed>\d*)(?P<words>[A-Za-z-]*?)(?P<number>[\d/.:]*)$")
_SHORT = {
    "gigabitethernet": "ge",
    "ten-gigabitethernet": "xge",
    "tengigabitethernet": "xge",
    "xgigabitethernet": "xge",
    "fortygige": "fge",
    "hundredgige": "hge",
    "fastethernet": "fe",
    "ethernet": "eth",
    "loopback": "lo",
}


def kernel_names(declared: Iterable[str]) -> dict[str, str]:
    """Declared port name → a name that Linux takes, at most 15 characters, each only once.

    A name that Linux takes as it is stays: ``eth0``.  ``GigabitEthernet0/0/1`` becomes ``ge0-0-1``.
    """
    given: dict[str, str] = {}
    taken = set(RESERVED)
    for name in declared:
        given[name] = next(each for each in _candidates(name, len(given)) if each not in taken)
        taken.add(given[name])
    return given


def _candidates(name: str, count: int) -> Iterable[str]:
    if len(name) <= LONGEST and _VALID.fullmatch(name) and name not in (".", ".."):
        yield name
    if short := _shortened(name):
        yield short
    number = count
    while True:
        yield f"port{number}"
        number += 1


def _shortened(name: str) -> str:
    parts = _PARTS.match(name)
    if not parts:
        return ""
    words = parts["words"].lower()
    word = _SHORT.get(words, words.replace("-", "")[:3])
    short = f"{parts['speed']}{word}{re.sub(r'[/.:]', '-', parts['number'])}"
    return short if 0 < len(short) <= LONGEST else ""


def management_network(slot: int) -> IPv4Network:
    """The /22 of a slot in which the machine, the operator and every host have an address."""
    return _part(MANAGEMENT, slot)


def cable_network(slot: int) -> IPv4Network:
    """The /22 of a slot from which lab-made cables to departments' servers take their addresses."""
    return _part(CABLES, slot)


def _part(network: IPv4Network, slot: int) -> IPv4Network:
    return IPv4Network((int(network.network_address) + (slot << 10), 22))


def machine_address(slot: int) -> IPv4Address:
    """This machine's own address in the management network."""
    return management_network(slot)[1]


def operator_address(slot: int) -> IPv4Address:
    """The operator namespace's address in the management network."""
    return management_network(slot)[2]


def management_address(slot: int, index: int) -> IPv4Address:
    """A host's address in the management network."""
    return management_network(slot)[FIRST_HOST + index]


MOST_HOSTS = management_network(0).num_addresses - FIRST_HOST - 1
