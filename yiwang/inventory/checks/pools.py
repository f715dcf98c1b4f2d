"""Pools: each inside the one above it, none over another, none full, every address from its region's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from yiwang.core.errors import ErrorCode, Finding, code
from yiwang.core.i18n import N_
from yiwang.inventory.addressing.pools import fill_levels
from yiwang.inventory.addressing.space import dotted
from yiwang.inventory.addressing.usage import DeclaredPool, Holder, block_of, in_order
from yiwang.inventory.checks.finding import finding
from yiwang.inventory.estate import Estate

OUTSIDE_PARENT = code(
    "E1310",
    N_("the pool {block} does not lie in the pool {above} of {owner}"),
    N_("choose a part of {above} that is free; `yiwang inventory addresses` shows the pools"),
    N_("Pools are carved level by level, so that one route covers all that lies below a region."),
)
OVERLAP = code(
    "E1311",
    N_('the pool {block} overlaps the pool "{name}" {other} of {owner}'),
    N_("move one of the two; a region's pool may only lie inside a pool of the same name of a region above it"),
)
FULL = code(
    "E1312",
    N_('the pool "{name}" {block} is full'),
    N_("give the region a larger pool before something new is declared here"),
)
FOREIGN = code(
    "E1313",
    N_("the address {address} does not come from a pool of its own region, but from {owner}"),
    N_("take a free address of the region's pools; `yiwang inventory addresses --allocate` chooses one"),
    N_(
        "An address from another region's pool is routed to that region. It works only as long as nobody summarises "
        "routes, and the other region may hand it out again."
    ),
)
OUTSIDE_EXTRANET = code(
    "E1314",
    N_('the address {address} of zone "{zone}" lies outside the extranet block {block}'),
    N_("take an address of the extranet, or correct `addressing.extranet`"),
)
NOWHERE = N_("no declared pool")


def check_pools(estate: Estate, used: Sequence[Holder]) -> Iterator[Finding]:
    """Pools among each other, how full they are, and where the declared addresses come from."""
    pools = in_order(estate)
    yield from _nesting(estate, pools)
    used = sorted(used, key=lambda holder: holder.address)
    yield from _origins(estate, pools, used)
    yield from _extranet(estate, used)
    for level in fill_levels(pools, used):
        if not level.free and level.pool.region:
            values = {"name": level.pool.name, "block": level.pool.block}
            at = ("regions", level.pool.region, "pools", level.pool.name)
            yield finding(estate, FULL, "warning", at, **values)


def _nesting(estate: Estate, pools: Sequence[DeclaredPool]) -> Iterator[Finding]:
    around: list[DeclaredPool] = []
    for pool in pools:
        while around and around[-1].block.end <= pool.block.first:
            around.pop()
        above = _pool_above(estate, pool)
        over = around[-1] if around else None
        if over and not _may_hold(estate, over, pool):
            values = {"block": pool.block, "name": over.name, "other": over.block, "owner": _owner(estate, over)}
            yield _at(estate, OVERLAP, pool, **values)
        elif above and not above.block.holds(pool.block):
            values = {"block": pool.block, "above": above.block, "owner": _owner(estate, above)}
            yield _at(estate, OUTSIDE_PARENT, pool, **values)
        around.append(pool)


def _may_hold(estate: Estate, outer: DeclaredPool, inner: DeclaredPool) -> bool:
    own = outer.region != inner.region or not inner.region
    return outer.name == inner.name and own and (not outer.region or outer.region in estate.region_chain(inner.region))


def _pool_above(estate: Estate, pool: DeclaredPool) -> DeclaredPool | None:
    for code_ in reversed(estate.region_chain(pool.region)[:-1]):
        if network := estate.regions[code_].pools.get(pool.name):
            return DeclaredPool(block_of(network), code_, pool.name)
    network = estate.addressing.blocks.get(pool.name) if pool.region else None
    return DeclaredPool(block_of(network), "", pool.name) if network else None


def _origins(estate: Estate, pools: Sequence[DeclaredPool], used: Sequence[Holder]) -> Iterator[Finding]:
    if not any(pool.region for pool in pools):
        return
    around: list[DeclaredPool] = []
    waiting = iter(pools)
    coming = next(waiting, None)
    for holder in used:
        while coming and coming.block.first <= holder.address:
            around.append(coming)
            coming = next(waiting, None)
        while around and around[-1].block.end <= holder.address:
            around.pop()
        pool = around[-1] if around else None
        if not (_serves(estate, pool.region, holder) if pool else _is_private(estate, pools, holder)):
            owner = _owner(estate, pool) if pool else NOWHERE
            at = (holder.kind, holder.name, *holder.path)
            yield finding(estate, FOREIGN, "warning", at, address=dotted(holder.address), owner=owner)


def _serves(estate: Estate, pool: str, holder: Holder) -> bool:
    if not pool or pool == holder.region or pool in estate.region_chain(holder.region):
        return True
    # A line's pair comes from the lower end's pool, so a router also holds addresses of regions below.
    return holder.kind == "devices" and holder.region in estate.region_chain(pool)


def _is_private(estate: Estate, pools: Sequence[DeclaredPool], holder: Holder) -> bool:
    """Whether the address belongs to a zone outside the extranet for which no pool is declared at all."""
    zone = estate.zones.get(holder.zone or "")
    return zone is not None and not zone.extranet and all(pool.name != holder.zone for pool in pools)


def _extranet(estate: Estate, used: Sequence[Holder]) -> Iterator[Finding]:
    whole = block_of(estate.addressing.extranet)
    zones = {name for name, zone in estate.zones.items() if zone.extranet}
    for holder in used:
        if holder.zone in zones and not whole.first <= holder.address < whole.end:
            values = {"address": dotted(holder.address), "zone": holder.zone, "block": whole}
            yield finding(estate, OUTSIDE_EXTRANET, "error", (holder.kind, holder.name, *holder.path), **values)


def _owner(estate: Estate, pool: DeclaredPool) -> str:
    region = estate.regions.get(pool.region)
    return f"{pool.region} {region.title}" if region else "addressing.blocks"


def _at(estate: Estate, error: ErrorCode, pool: DeclaredPool, **values: Any) -> Finding:
    if pool.region:
        return finding(estate, error, "error", ("regions", pool.region, "pools", pool.name), **values)
    at = estate.declared.single["addressing"].position("blocks", pool.name)
    return Finding(error, "error", at, "addressing", values)
