"""Passwords and communities that stand on more devices than they should."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from yiwang.core.i18n import _
from yiwang.network.fleet.fleet import Difference, Fleet, listed
from yiwang.network.fleet.view import SecretMark


def reused_secrets(fleet: Fleet) -> Iterator[Difference]:
    """Equal secrets on several devices; where an estate tells the counties, on devices of several counties."""
    places: dict[str, list[tuple[str, SecretMark]]] = defaultdict(list)
    for view in fleet.views.values():
        for mark in view.secrets:
            places[mark.digest].append((view.device, mark))
    home = _homes(fleet)
    for found in places.values():
        for device, mark in found:
            away = sorted({other for other, _mark in found if home.get(other, other) != home.get(device, device)})
            if away:
                yield Difference(device, mark.spot, _("the same on {others}").format(others=listed(away)))


def _homes(fleet: Fleet) -> dict[str, str]:
    """Each declared device's county, or what it stands in that has none."""
    estate = fleet.around.estate
    if estate is None:
        return {}
    return {
        name: next((code for code in estate.region_chain(each.region) if estate.regions[code].level == "county"), "")
        for name, each in estate.devices.items()
    }
