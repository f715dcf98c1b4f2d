"""Routing instances that take in what only instances of another name give out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from yiwang.core.i18n import _
from yiwang.network.fleet.fleet import Difference, Fleet, listed


def leaking_targets(fleet: Fleet) -> Iterator[Difference]:
    """Imports of a route target that is another instance's; instances declared for one zone may share."""
    exporters: dict[str, set[str]] = defaultdict(set)
    for view in fleet.views.values():
        for vrf in view.vrfs:
            for value in vrf.exports:
                exporters[value.text].add(vrf.name)
    zones = _zones(fleet)
    for view in fleet.views.values():
        for vrf in view.vrfs:
            own = zones.get(vrf.name) or vrf.name
            for value in vrf.imports:
                others = sorted(each for each in exporters[value.text] if (zones.get(each) or each) != own)
                if others:
                    told = _("{target} is given out by {others}").format(target=value.text, others=listed(others))
                    yield Difference(view.device, value.spot, told)


def _zones(fleet: Fleet) -> dict[str, str]:
    devices = fleet.around.estate.devices.values() if fleet.around.estate else ()
    return {name: vrf.zone for device in devices for name, vrf in device.vrfs.items() if vrf.zone}
