"""Planning the pools of a territory that has none yet: from its blocks downwards."""

from __future__ import annotations

from collections.abc import Mapping

from yiwang.core.errors import AddressError, code
from yiwang.core.i18n import N_
from yiwang.inventory.addressing.demand import EXTRANET_POOLS, POOLS, Pool, pool_size
from yiwang.inventory.addressing.space import Block, Space
from yiwang.inventory.territory import Territory

Pools = Mapping[str, Block]

POOL_EXHAUSTED = code(
    "E1301",
    N_(
        'the pool "{pool}" of {region} ({block}) has no room for a /{prefix}: '
        "{free} addresses are free, in pieces of {pieces} at most"
    ),
    N_("enlarge the pool of {region}, or declare a second, larger one and move there step by step"),
    N_(
        "Addresses that are declared never move by themselves. When a pool is full, take a larger block from the "
        "pool above (`yiwang inventory addresses` shows where room is left) and write it under `pools:` of the region."
    ),
)
BLOCK_TOO_SMALL = code(
    "E1302",
    N_('the block {block} is too small for the pool "{pool}": a /{prefix} is needed'),
    N_("give a larger block: --block of at least a /{whole}, or choose a smaller --depth"),
)
SHARES: dict[Pool, int] = {"service": 2, "links": 4, "management": 8}
"""Part of an estate's block that a pool gets: a half, a quarter, an eighth; the last eighth stays free."""


def split_block(whole: Block, place: Territory) -> dict[str, Block]:
    """The extranet pools' blocks inside one block.

    Raises:
        AddressError: the block is too small for the territory.
    """
    needed = max(pool_size(pool, place) * SHARES[pool] for pool in EXTRANET_POOLS)
    if needed > whole.size:
        pool = max(EXTRANET_POOLS, key=lambda each: pool_size(each, place) * SHARES[each])
        wanted = Block(0, pool_size(pool, place)).prefix
        raise AddressError(BLOCK_TOO_SMALL, block=whole, pool=pool, prefix=wanted, whole=Block(0, needed).prefix)
    space = Space(whole)
    return {pool: space.take(whole.size // SHARES[pool]) or whole for pool in EXTRANET_POOLS}


def carve(place: Territory, blocks: Pools) -> dict[str, dict[str, Block]]:
    """The pools of the territory and of all below it, by code and pool name.

    Below the top only territories with a machine room of their own have pools for the clouds.

    Raises:
        AddressError: a block is too small.
    """
    found: dict[str, dict[str, Block]] = {place.code: dict(blocks)}
    for pool in POOLS:
        if pool in blocks:
            _carve(pool, place, blocks[pool], found)
    return found


def _carve(pool: Pool, place: Territory, whole: Block, found: dict[str, dict[str, Block]]) -> None:
    for each, part in carve_below(pool, place, whole):
        if pool in EXTRANET_POOLS or each.level == "city":
            found.setdefault(each.code, {})[pool] = part
            _carve(pool, each, part, found)


def carve_below(pool: Pool, place: Territory, whole: Block) -> list[tuple[Territory, Block]]:
    """A pool for each territory directly below, the largest first, so that nothing is lost between them.

    Raises:
        AddressError: the block is too small.
    """
    space = Space(whole)
    sizes = [(pool_size(pool, each), each) for each in place.below]
    wanted = sorted(((size, each) for size, each in sizes if size), key=lambda found: (-found[0], found[1].code))
    return [(each, take(space, size, pool, f"{place.code} {place.name}")) for size, each in wanted]


def take(space: Space, size: int, pool: str, region: str) -> Block:
    """The first free block of a pool.

    Raises:
        AddressError: none is left.
    """
    found = space.take(size)
    if found is None:
        raise AddressError(
            POOL_EXHAUSTED,
            pool=pool,
            region=region,
            block=space.whole,
            prefix=Block(0, size).prefix,
            free=space.free,
            pieces=space.largest_free,
        )
    return found
