"""How full the pools are."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from yiwang.inventory.addressing.usage import DeclaredPool, Holder


@dataclass(frozen=True, slots=True)
class FillLevel:
    """A pool and how many of its addresses are carved into pools below, in use, and free."""

    pool: DeclaredPool
    carved: int
    used: int

    @property
    def free(self) -> int:
        """Addresses that are neither in use nor in a pool below; never negative."""
        return max(0, self.pool.block.size - self.carved - self.used)


def fill_levels(pools: Sequence[DeclaredPool], used: Sequence[Holder]) -> Iterator[FillLevel]:
    """The level of each pool, given pools in order and holders by address."""
    addresses = sorted({holder.address for holder in used})
    for index, pool in enumerate(pools):
        end = pool.block.end
        inside = bisect_left(addresses, end) - bisect_left(addresses, pool.block.first)
        carved, reached = 0, pool.block.first
        for below in pools[index + 1 :]:
            if below.block.first >= end:
                break
            if below.block.first >= reached and below.block.end <= end:
                carved += below.block.size
                inside -= bisect_left(addresses, below.block.end) - bisect_left(addresses, below.block.first)
                reached = below.block.end
        yield FillLevel(pool, carved, inside)
