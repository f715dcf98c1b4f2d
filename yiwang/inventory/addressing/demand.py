"""How many addresses a territory needs in each pool, with room to grow.

A township's pool of service addresses is one small network for its hall; its villages add a
pair each.  Links take a pair for every line, management one address for every device.  A
city gets at least twice what its counties need, so that new ones find room beside them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from yiwang.inventory.addressing.space import power_of_two
from yiwang.inventory.model.region import Level
from yiwang.inventory.territory import Territory

Pool = Literal["service", "links", "management", "dedicated", "public"]
POOLS: tuple[Pool, ...] = ("service", "links", "management", "dedicated", "public")
EXTRANET_POOLS: tuple[Pool, ...] = ("service", "links", "management")
CLOUD_POOLS: tuple[Pool, ...] = ("dedicated", "public")

ZONE_POOLS = {"dedicated": "dedicated", "public": "public"}
"""Zones with pools of their own; what stands in any other zone takes from ``service``."""

PAIR = 2
GROWTH: dict[Level, float] = {"province": 1, "city": 2, "county": 1}
VILLAGE_GROWTH = 1.25

# Addresses for what stands at the level itself: machine room and lines upwards.
OWN: dict[Pool, dict[Level, int]] = {
    "service": {"province": 64, "city": 64, "county": 32},
    "links": {"province": 16, "city": 16, "county": 8},
    "management": {"province": 8, "city": 8, "county": 4},
    "dedicated": {"province": 256, "city": 256, "county": 64},
    "public": {"province": 256, "city": 256, "county": 64},
}
TOWNSHIP: dict[Pool, int] = {"service": 8, "links": PAIR, "management": 1, "dedicated": 0, "public": 0}


@lru_cache(maxsize=1 << 16)
def pool_size(pool: Pool, place: Territory) -> int:
    """The size of the pool that the territory should have: a power of two, or 0 where it has none."""
    if place.level == "village":
        return 0
    if place.level == "township":
        villages = len(place.below) * PAIR * VILLAGE_GROWTH
        return power_of_two(TOWNSHIP[pool] + villages) if pool == "service" else 0
    below = sum(_share(pool, each) for each in place.below) + place.townships * TOWNSHIP[pool]
    return power_of_two((OWN[pool][place.level] + below) * GROWTH[place.level])


def _share(pool: Pool, place: Territory) -> int:
    """What a territory takes from the pool above: a pool of its own, or single addresses."""
    return pool_size(pool, place) or TOWNSHIP[pool]
