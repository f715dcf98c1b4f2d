"""Where an estate's blocks lie when nobody says otherwise.

The plan covers the whole country inside 59.192.0.0/10, the extranet's block, and gives every
province, city and county its own place in it, so that two estates made without an agreed
plan do not overlap by accident.  It follows from the divisions table alone.  The province's
real plan goes before it: ``--block``, or ``addressing.blocks`` in estate.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from yiwang.inventory.addressing.carve import carve_below, split_block, take
from yiwang.inventory.addressing.demand import CLOUD_POOLS, EXTRANET_POOLS, POOLS, Pool, pool_size
from yiwang.inventory.addressing.space import Block, Space, block
from yiwang.inventory.territory import Territory, country, lineage

EXTRANET = block("59.192.0.0/10")
PRIVATE = block("10.0.0.0/8")
CLOUDS: dict[Pool, Block] = {"dedicated": block("10.64.0.0/10"), "public": block("10.128.0.0/10")}
FIRST_AS_NUMBER = 64512
AS_NUMBERS_OF_A_PROVINCE = 32


def default_blocks(place: Territory) -> dict[str, Block]:
    """The blocks of an estate of this territory, by pool name.

    Villages are not in the country's plan: where they need more room than the plan gives,
    the block grows over its neighbours' places.

    Raises:
        AddressError: the extranet's block itself is too small.
    """
    codes = lineage(place.code)
    found: dict[str, Block] = {pool: _planned(pool, codes) for pool in POOLS}
    for pool in EXTRANET_POOLS:
        size = pool_size(pool, place)
        if size > found[pool].size:
            found[pool] = _grown(pool, found, size)
    return found


def _grown(pool: Pool, blocks: Mapping[str, Block], size: int) -> Block:
    """A larger block around the planned one, or elsewhere when it would cover the estate's other blocks."""
    around = Block(blocks[pool].first // size * size, size)
    others = [blocks[each] for each in EXTRANET_POOLS if each != pool]
    if EXTRANET.holds(around) and not any(around.holds(other) for other in others):
        return around
    return take(Space(EXTRANET, others), size, pool, "addressing.extranet")


def blocks_within(whole: Block, place: Territory) -> dict[str, Block]:
    """The blocks of an estate whose extranet addresses all lie in one given block.

    The clouds keep their default places, unless the block covers them.

    Raises:
        AddressError: the block is too small.
    """
    found = split_block(whole, place)
    taken = [whole]
    for pool in CLOUD_POOLS:
        planned = _planned(pool, lineage(place.code))
        if planned.first < whole.end and whole.first < planned.end:
            planned = take(Space(PRIVATE, taken), planned.size, pool, "addressing.blocks")
        found[pool] = planned
        taken.append(planned)
    return found


def is_in_plan(place: Territory) -> bool:
    """Whether the default blocks are the territory's own places in the country's plan."""
    blocks = default_blocks(place)
    return all(blocks[pool].size == _planned(pool, lineage(place.code)).size for pool in POOLS)


def _planned(pool: Pool, codes: tuple[str, ...]) -> Block:
    place, found = _province(codes[0]), _provinces()[pool, codes[0]]
    for code in codes[1:]:
        place, found = next((each, part) for each, part in carve_below(pool, place, found) if each.code == code)
    return found


def _province(code: str) -> Territory:
    return next(each for each in country().below if each.code == code)


@cache
def _provinces() -> Mapping[tuple[Pool, str], Block]:
    found: dict[tuple[Pool, str], Block] = {}
    _share_out(dict.fromkeys(EXTRANET_POOLS, EXTRANET), Space(EXTRANET), found)
    for pool in CLOUD_POOLS:
        _share_out({pool: CLOUDS[pool]}, Space(CLOUDS[pool]), found)
    return found


def _share_out(pools: Mapping[Pool, Block], space: Space, found: dict[tuple[Pool, str], Block]) -> None:
    demands = [(-pool_size(pool, each), each.code, pool) for pool in pools for each in country().below]
    for negative, code, pool in sorted(demands):
        found[pool, code] = take(space, -negative, pool, "")


def default_as_number(code: str) -> int:
    """The private AS number of a province or city, the same in every estate; a county has its city's."""
    codes = lineage(code)
    provinces = [each.code for each in country().below]
    first = FIRST_AS_NUMBER + provinces.index(codes[0]) * AS_NUMBERS_OF_A_PROVINCE
    cities = [each.code for each in _province(codes[0]).below if each.level == "city"]
    return first + next((cities.index(each) + 1 for each in codes[1:] if each in cities), 0)
