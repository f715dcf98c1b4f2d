"""From the estate to the intent of each device."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from yiwang.core.errors import NotFoundError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.network.faults import NetworkError
from yiwang.network.intent.filters import filters_of
from yiwang.network.intent.management import management_of
from yiwang.network.intent.model import Filter, Intent
from yiwang.network.intent.neighbours import Neighbours
from yiwang.network.intent.ports import ports_of, vrfs_of
from yiwang.network.intent.routing import routing_of
from yiwang.network.intent.table import IntentTable, table_of

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate
    from yiwang.inventory.model import Device
    from yiwang.network.platforms.catalogue import Platforms

NO_DEVICE = code(
    "E3400", N_('no device is called "{given}"{suggestion}'), N_("`yiwang inventory list` shows the devices")
)


@dataclass(frozen=True)
class Intents:
    """What an estate asks of its devices; nothing of it depends on the order in which they are asked for."""

    estate: Estate
    platforms: Platforms

    def of(self, name: str) -> Intent:
        """The intent of a device.

        Raises:
            NotFoundError: there is no such device (E3400), or no such platform (E3001).
            NetworkError: nothing can be rendered for its platform (E3401, E3402).
        """
        device = self.estate.devices.get(name)
        if device is None:
            raise NotFoundError(NO_DEVICE, given=name, suggestion=suggestion(name, self.estate.devices))
        table = self.table(device.platform)
        ports = tuple(ports_of(name, device, self._neighbours, table))
        return Intent(
            name=name,
            platform=device.platform,
            ports=ports,
            vrfs=tuple(vrfs_of(device)),
            routing=routing_of(device, ports, self._neighbours),
            filters=self._filters(device) if table.filters else (),
            management=management_of(self.estate, name, device),
        )

    def table(self, platform: str) -> IntentTable:
        """How a platform writes intent; errors as of :meth:`of`."""
        if platform not in self._tables:
            self._tables[platform] = table_of(self.platforms.find(platform), platform)
        return self._tables[platform]

    def _filters(self, device: Device) -> tuple[Filter, ...]:
        key = (tuple(port.zone for port in device.interfaces.values() if port.address), _shares(device))
        if key not in self._made:
            self._made[key] = tuple(filters_of(self.estate, device))
        return self._made[key]

    @cached_property
    def _made(self) -> dict[object, tuple[Filter, ...]]:
        return {}

    @cached_property
    def _tables(self) -> dict[str, IntentTable]:
        return {}

    @cached_property
    def _neighbours(self) -> Neighbours:
        return Neighbours(self.estate, self._table_if_any)

    def _table_if_any(self, platform: str) -> IntentTable | None:
        try:
            return self.table(platform)
        except (NetworkError, NotFoundError):
            return None


def _shares(device: Device) -> bool:
    return any(port.vrrp for port in device.interfaces.values())
