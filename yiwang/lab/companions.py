"""What the selected targets lean on, so that a rehearsal of a county works as the county does."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from yiwang.inventory.estate import Estate, Target
from yiwang.inventory.model import Node


def companions(estate: Estate, selected: Iterable[str]) -> frozenset[str]:
    """The bastions, mirrors, time, log and name servers of the selected targets, and the way to each.

    Of several ways the one over the fewest links counts; a companion that no declared link leads to
    comes along all the same.
    """
    chosen = frozenset(selected)
    wanted: set[str] = set()
    waiting = deque(chosen)
    while waiting:
        for name in _leans_on(estate, waiting.popleft()):
            if name not in wanted and name not in chosen:
                wanted.add(name)
                waiting.append(name)
    return frozenset(wanted | _ways(_neighbours(estate), chosen, wanted)) - chosen


def _leans_on(estate: Estate, name: str) -> Iterator[str]:
    target: Target | None = estate.nodes.get(name) or estate.devices.get(name)
    if target is None:
        return
    named: list[str | None] = [*target.ntp, *target.log]
    if isinstance(target, Node):
        named += [target.connection.via, target.mirror, *target.dns]
    else:
        named.append(target.credentials.via)
    yield from (each for each in named if each and (each in estate.nodes or each in estate.devices))


def _neighbours(estate: Estate) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for link in estate.links.values():
        one, other = (end.owner for end in link.ends)
        found.setdefault(one, []).append(other)
        found.setdefault(other, []).append(one)
    return found


def _ways(neighbours: Mapping[str, list[str]], chosen: frozenset[str], wanted: set[str]) -> set[str]:
    """What stands on the shortest ways from the chosen to each of the wanted."""
    came_from: dict[str, str] = {}
    waiting = deque(sorted(chosen))
    seen = set(chosen)
    while waiting:
        here = waiting.popleft()
        for there in sorted(neighbours.get(here, ())):
            if there not in seen:
                seen.add(there)
                came_from[there] = here
                waiting.append(there)
    return {step for name in wanted for step in _back(came_from, name)}


def _back(came_from: Mapping[str, str], name: str) -> Iterator[str]:
    while name in came_from:
        name = came_from[name]
        yield name
