"""Handing out addresses and small networks from the pools of regions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from yiwang.core.errors import AddressError, code
from yiwang.core.i18n import N_
from yiwang.inventory.addressing.carve import take
from yiwang.inventory.addressing.space import Block, Space

NO_POOL = code(
    "E1303",
    N_('neither {region} nor any region above it has a pool "{pool}"'),
    N_("add `pools: {{{pool}: …}}` to the region, or `addressing.blocks.{pool}` to estate.yaml"),
)


class AddressBook:
    """The pools of an estate and what is taken of them.

    ``chains`` gives for each region its codes from the top; what a region takes comes from its
    own pool, or from the nearest one above.  The empty code stands for the estate's blocks.
    """

    def __init__(
        self,
        pools: Mapping[str, Mapping[str, Block]],
        chains: Mapping[str, tuple[str, ...]],
        titles: Mapping[str, str],
    ) -> None:
        self._chains = chains
        self._titles = titles
        self._spaces = {(region, pool): Space(whole) for region, own in pools.items() for pool, whole in own.items()}
        for (region, pool), space in self._spaces.items():
            above = self._above(region, pool)
            if above:
                self._spaces[above].occupy(space.whole)

    def _above(self, code: str, pool: str) -> tuple[str, str] | None:
        chain = ("", *self._chains.get(code, (code,)))[:-1] if code else ()
        return next(((each, pool) for each in reversed(chain) if (each, pool) in self._spaces), None)

    def space(self, pool: str, code: str) -> Space:
        """The space that a region takes from.

        Raises:
            AddressError: there is no such pool at or above the region.
        """
        key = (code, pool) if (code, pool) in self._spaces else self._above(code, pool)
        if key is None:
            raise AddressError(NO_POOL, region=self._title(code), pool=pool)
        return self._spaces[key]

    def has_own(self, pool: str, code: str) -> bool:
        """Whether the region itself has such a pool."""
        return (code, pool) in self._spaces

    def has_above(self, pool: str, code: str) -> bool:
        """Whether a region above it, or the estate, has such a pool."""
        return self._above(code, pool) is not None

    def add(self, pool: str, code: str, size: int) -> Block:
        """A pool of its own for a region, from the nearest one above.

        Raises:
            AddressError: there is none above, or no room in it.
        """
        key = self._above(code, pool)
        if key is None:
            raise AddressError(NO_POOL, region=self._title(code), pool=pool)
        whole = take(self._spaces[key], size, pool, self._title(key[0]))
        self._spaces[code, pool] = Space(whole)
        return whole

    def occupy(self, taken: Iterable[Block]) -> None:
        """Note networks and addresses that are declared, each in the smallest pool that holds it."""
        by_place = {(space.whole.first, space.whole.size): space for space in self._spaces.values()}
        sizes = sorted({size for _first, size in by_place})
        for each in taken:
            places = ((each.first // size * size, size) for size in sizes if size >= each.size)
            found = next((by_place[place] for place in places if place in by_place), None)
            if found:
                found.occupy(each)

    def network(self, pool: str, code: str, size: int) -> Block:
        """A network of ``size`` addresses for something in the region; 1 for a single address.

        Raises:
            AddressError: there is no such pool, or no room in it.
        """
        space = self.space(pool, code)
        return take(space, size, pool, self._title(code))

    def _title(self, code: str) -> str:
        return f"{code} {self._titles.get(code, '')}".strip() or "addressing.blocks"
