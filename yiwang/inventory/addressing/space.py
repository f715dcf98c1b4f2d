"""Free and taken addresses of one block, as plain integers: first free, aligned, never moved."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import NamedTuple


class Block(NamedTuple):
    """``size`` addresses from ``first`` on; for a network the size is a power of two and divides ``first``."""

    first: int
    size: int

    def __str__(self) -> str:
        return f"{dotted(self.first)}/{self.prefix}"

    @property
    def prefix(self) -> int:
        """The prefix length of a network of this size."""
        return 33 - self.size.bit_length()

    @property
    def end(self) -> int:
        """The first address behind the block."""
        return self.first + self.size

    def holds(self, other: Block) -> bool:
        """Whether the other block lies inside this one."""
        return self.first <= other.first and other.end <= self.end


def block(network: IPv4Network | str) -> Block:
    """The block of a network such as 59.192.0.0/10."""
    given = IPv4Network(network)
    return Block(int(given.network_address), given.num_addresses)


def dotted(address: int) -> str:
    """An address as people write it."""
    return f"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}"


def power_of_two(size: float) -> int:
    """The smallest power of two that is at least ``size``."""
    whole = -int(-size // 1)
    return 1 << (max(whole, 1) - 1).bit_length()


class Space:
    """One block and what is taken of it."""

    def __init__(self, whole: Block, taken: Iterable[Block] = ()) -> None:
        self.whole = whole
        self.taken = sorted(each for each in taken if each.first < whole.end and whole.first < each.end)

    @property
    def free(self) -> int:
        """How many addresses are not taken."""
        used, reached = 0, self.whole.first
        for each in self.taken:
            used += max(0, min(each.end, self.whole.end) - max(each.first, reached))
            reached = max(reached, each.end)
        return self.whole.size - used

    @property
    def largest_free(self) -> int:
        """The size of the largest aligned block that could be taken."""
        size = self.whole.size
        while size and self.find(size) is None:
            size //= 2
        return size

    def find(self, size: int) -> Block | None:
        """The first free block of that size (a power of two), without taking it."""
        cursor = -(-self.whole.first // size) * size
        for each in self.taken:
            if cursor + size <= each.first:
                break
            if each.end > cursor:
                cursor = -(-each.end // size) * size
        return Block(cursor, size) if cursor + size <= self.whole.end else None

    def occupy(self, taken: Block) -> None:
        """Note that a block is taken."""
        insort(self.taken, taken)

    def take(self, size: int) -> Block | None:
        """The first free block of that size, now taken; None when no such block is left."""
        found = self.find(size)
        if found:
            self.occupy(found)
        return found
