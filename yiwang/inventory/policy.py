"""What the zones' policy comes down to: where a zone's addresses lie, and what roles offer beyond the policy.

Hosts' firewalls and routers' filters are both made from this, so that neither refuses what the other lets pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network, collapse_addresses
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate

TABLE = Path(__file__).with_name("offers.yaml")


@dataclass(frozen=True, slots=True)
class Offer:
    """What nodes of a role offer by their nature; ``*`` is every role; ``kind`` is the key that names them."""

    role: str
    services: tuple[str, ...]
    whose: str
    kind: str
    purpose: str


@cache
def offers() -> tuple[Offer, ...]:
    """The table ``offers.yaml``."""
    import yaml

    rows = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return tuple(
        Offer(row["role"], tuple(row["services"]), row["for"], row.get("as", ""), row["purpose"]) for row in rows
    )


def zone_networks(estate: Estate, zone: str) -> list[IPv4Network]:
    """Where a zone's addresses lie: the extranet's block, the pools of its name, and what stands elsewhere."""
    if estate.zones[zone].extranet:
        return [estate.addressing.extranet]
    pools = [estate.addressing.blocks.get(zone), *(region.pools.get(zone) for region in estate.regions.values())]
    own = [IPv4Network(node.addresses[zone].ip) for node in estate.nodes.values() if zone in node.addresses]
    return list(collapse_addresses([*filter(None, pools), *own]))
