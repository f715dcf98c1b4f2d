"""Free space: the first free aligned block, and nothing ever twice."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from yiwang.inventory.addressing.space import Block, Space, block, dotted, power_of_two

WHOLE = block("59.192.0.0/24")
SIZES = st.sampled_from([1, 2, 4, 8, 16, 32, 64])


def test_a_block_prints_as_a_network() -> None:
    assert str(block("59.192.0.0/10")) == "59.192.0.0/10"
    assert dotted(block("10.0.0.255/32").first) == "10.0.0.255"


@given(st.floats(min_value=0.1, max_value=1e6))
def test_the_power_of_two_is_the_smallest_that_holds(size: float) -> None:
    found = power_of_two(size)

    assert found >= size
    assert found == 1 or found / 2 < size
    assert found & (found - 1) == 0


@given(st.lists(SIZES, max_size=60))
def test_blocks_taken_one_after_the_other_are_aligned_inside_and_apart(sizes: list[int]) -> None:
    space = Space(WHOLE)

    taken = [each for each in map(space.take, sizes) if each]

    assert all(WHOLE.holds(each) and each.first % each.size == 0 for each in taken)
    ordered = sorted(taken)
    assert all(one.end <= other.first for one, other in pairwise(ordered))
    assert space.free == WHOLE.size - sum(each.size for each in taken)


@given(st.lists(SIZES, max_size=60), SIZES)
def test_nothing_is_found_only_when_no_aligned_place_is_free(sizes: list[int], wanted: int) -> None:
    space = Space(WHOLE)
    for size in sizes:
        space.take(size)
    places = [Block(first, wanted) for first in range(WHOLE.first, WHOLE.end, wanted)]
    free = [
        place for place in places if all(place.end <= each.first or each.end <= place.first for each in space.taken)
    ]

    assert space.find(wanted) == (free[0] if free else None)
    assert (space.largest_free >= wanted) is bool(free)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 64)), max_size=20))
def test_free_counts_every_address_once_however_the_taken_blocks_overlap(taken: list[tuple[int, int]]) -> None:
    blocks = [Block(WHOLE.first + first, size) for first, size in taken]

    used = {address for each in blocks for address in range(each.first, min(each.end, WHOLE.end))}

    assert Space(WHOLE, blocks).free == WHOLE.size - len(used)
