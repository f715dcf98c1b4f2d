"""What stands at the other ends of a device's links, and how the two sides greet each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from yiwang.inventory.estate import Estate
from yiwang.inventory.model import Device, End
from yiwang.network.intent.model import Algorithm
from yiwang.network.intent.table import IntentTable

ROUTER = "router"
EVERYBODY_KNOWS: Algorithm = "md5"

Tables = Callable[[str], IntentTable | None]
"""From a platform's name to its table; None where nothing is rendered for it."""


@dataclass(frozen=True)
class Neighbours:
    """The links of an estate as its devices see them."""

    estate: Estate
    tables: Tables

    @cached_property
    def _ends(self) -> dict[str, dict[str, End]]:
        found: dict[str, dict[str, End]] = {}
        for link in self.estate.links.values():
            for own, other in (link.ends, link.ends[::-1]):
                found.setdefault(own.owner, {})[own.interface] = other
        return found

    def across(self, device: str, port: str) -> End | None:
        """The other end of the link at a port."""
        return self._ends.get(device, {}).get(port)

    def is_router(self, end: End | None) -> bool:
        """Whether who stands there speaks OSPF: a device that does, or a node with the role router."""
        if end is None:
            return False
        device = self.estate.devices.get(end.owner)
        if device is not None:
            return device.routing.ospf is not None
        node = self.estate.nodes.get(end.owner)
        return node is not None and ROUTER in node.roles

    def algorithm(self, own: Device, end: End) -> Algorithm | None:
        """The best that both sides can protect OSPF with; None beside a node, whose router does without."""
        other = self.estate.devices.get(end.owner)
        if other is None:
            return None
        common = [each for each in self._known(own) if each in self._known(other)]
        return next(iter(common), EVERYBODY_KNOWS)

    def _known(self, device: Device) -> tuple[Algorithm, ...]:
        table = self.tables(device.platform)
        return table.ospf_authentication if table else (EVERYBODY_KNOWS,)

    def device_with(self, address: object) -> tuple[str, Device] | None:
        """The device that has an address, on a port or on its loopback."""
        return self._addresses.get(str(address))

    @cached_property
    def _addresses(self) -> dict[str, tuple[str, Device]]:
        return {each: (name, device) for name, device in self.estate.devices.items() for each in _addresses(device)}


def _addresses(device: Device) -> Iterator[str]:
    if device.management:
        yield str(device.management)
    yield from (str(port.address.ip) for port in device.interfaces.values() if port.address)
