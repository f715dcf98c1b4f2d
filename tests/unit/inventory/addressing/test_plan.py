"""The default address plan of the whole country, and plans inside one block."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.core.errors import AddressError
from yiwang.inventory.addressing.blocks import (
    AS_NUMBERS_OF_A_PROVINCE,
    EXTRANET,
    default_as_number,
    default_blocks,
)
from yiwang.inventory.addressing.carve import carve, split_block
from yiwang.inventory.addressing.demand import EXTRANET_POOLS, pool_size
from yiwang.inventory.addressing.space import Block, block
from yiwang.inventory.divisions import Division, divisions_below, find_division, upper_divisions
from yiwang.inventory.territory import Territory, territory

UPPER = sorted(upper_divisions())


def overlapping(blocks: list[Block]) -> list[tuple[str, str]]:
    ordered = sorted(blocks)
    return [(str(one), str(other)) for one, other in pairwise(ordered) if one.end > other.first]


def test_the_default_blocks_of_all_provinces_lie_in_the_extranet_and_apart() -> None:
    blocks = [
        default_blocks(territory(province, "county"))[pool]
        for province in divisions_below("")
        for pool in EXTRANET_POOLS
    ]

    assert all(EXTRANET.holds(each) for each in blocks)
    assert overlapping(blocks) == []


@given(st.sampled_from([code for code in UPPER if not code.endswith("0000")]))
@settings(max_examples=40, deadline=None)
def test_a_city_or_county_has_the_place_that_its_province_would_give_it(code: str) -> None:
    place = territory(upper_divisions()[code])
    province = territory(upper_divisions()[f"{code[:2]}0000"], "county")

    given_by_province = carve(province, default_blocks(province))[code]

    own = default_blocks(place)
    assert {pool: own[pool] for pool in EXTRANET_POOLS} == {pool: given_by_province[pool] for pool in EXTRANET_POOLS}


@given(st.sampled_from(UPPER))
@settings(max_examples=25, deadline=None)
def test_the_pools_of_a_territory_are_nested_and_apart(code: str) -> None:
    place = territory(upper_divisions()[code])

    pools = carve(place, default_blocks(place))

    for each in place.walk():
        for pool, whole in pools.get(each.code, {}).items():
            below = [pools[lower.code][pool] for lower in each.below if pool in pools.get(lower.code, {})]
            assert all(whole.holds(part) for part in below)
            assert overlapping(below) == []


def test_every_city_has_room_for_as_much_again() -> None:
    for code in (each for each in UPPER if upper_divisions()[each].level == "city"):
        place = territory(upper_divisions()[code], "county")
        taken = sum(pool_size("service", each) for each in place.below) + place.townships * 8

        assert pool_size("service", place) >= 2 * taken


def test_no_two_cities_or_provinces_have_the_same_as_number() -> None:
    numbers = [default_as_number(code) for code in UPPER if upper_divisions()[code].level != "county"]

    assert len(set(numbers)) == len(numbers)
    assert min(numbers) >= 64512
    assert max(numbers) <= 65534
    assert AS_NUMBERS_OF_A_PROVINCE * 31 <= 65534 - 64512 + 1


def test_a_block_is_split_into_pools_that_lie_apart() -> None:
    place = territory(find_division("410600"))

    pools = split_block(block("59.200.0.0/18"), place)

    assert overlapping(list(pools.values())) == []
    assert all(block("59.200.0.0/18").holds(each) for each in pools.values())
    assert {pool: each.prefix for pool, each in pools.items()} == {"service": 19, "links": 20, "management": 21}


def test_a_block_that_is_too_small_names_the_size_that_is_enough() -> None:
    place = territory(find_division("410600"))

    with pytest.raises(AddressError) as caught:
        split_block(block("59.200.0.0/24"), place)

    enough = int(caught.value.values["whole"])
    assert caught.value.error.id == "E1302"
    assert split_block(Block(block("59.200.0.0/16").first, 1 << (32 - enough)), place)
    with pytest.raises(AddressError):
        split_block(Block(block("59.200.0.0/16").first, 1 << (31 - enough)), place)


def test_villages_make_a_block_grow_without_covering_the_other_pools() -> None:
    province = upper_divisions()["510000"]
    names = {
        township.code: tuple(Division(f"{township.code}{n:03}", f"{n}村", "village", township.code) for n in range(20))
        for township in territory(province).walk()
        if township.level == "township"
    }

    blocks = default_blocks(territory(province, "village", names))

    assert overlapping([blocks[pool] for pool in EXTRANET_POOLS]) == []
    assert all(EXTRANET.holds(blocks[pool]) for pool in EXTRANET_POOLS)


def test_a_region_beyond_all_measure_is_refused_with_the_pool_named() -> None:
    villages = tuple(Territory(f"410621001{n:03}", "村", "village", "410621001") for n in range(999))
    towns = tuple(Territory(f"410621{n:03}", "镇", "township", "410621", villages) for n in range(999))
    place = Territory("410621", "浚县", "county", None, towns * 3)

    with pytest.raises(AddressError, match="E1301"):
        default_blocks(place)
