"""The estate as a tree of places: each region with what stands in it, down to a chosen level.

Below that level everything is gathered into the region above, so that a province stays
readable: its county then stands for all its townships.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from yiwang.inventory.estate import Estate
from yiwang.inventory.model import LEVELS, Link
from yiwang.inventory.reach import Reach, reaches
from yiwang.inventory.selector import Selector

READABLE = 200
ORDER = {"core": 0, "firewall": 1, "aggregation": 2, "access": 3, "exchange": 4}


@dataclass(frozen=True)
class Place:
    """A region in the picture; ``gathered`` counts the regions below that are not drawn, by level."""

    code: str
    title: str
    level: str
    targets: tuple[Reach, ...]
    below: tuple[Place, ...]
    gathered: Mapping[str, int]

    @property
    def own(self) -> tuple[Reach, ...]:
        """The targets of this region itself, without those gathered from below."""
        return tuple(reach for reach in self.targets if reach.target.region == self.code)

    def walk(self) -> Iterator[Place]:
        """This place and all below it."""
        yield self
        for place in self.below:
            yield from place.walk()

    @cached_property
    def height(self) -> int:
        """How many levels are drawn below."""
        return 1 + max(place.height for place in self.below) if self.below else 0


@dataclass(frozen=True, slots=True)
class Line:
    """A link between two places that are drawn: from the upper place's target to the lower one's."""

    name: str
    link: Link
    upper: str
    lower: str
    upper_owner: str
    lower_owner: str


@dataclass(frozen=True)
class Picture:
    """What is drawn: the tree, the lines up from each place, and the links that run across it."""

    root: Place
    uplinks: Mapping[str, tuple[Line, ...]]
    across: tuple[Line, ...]
    inside: tuple[Line, ...]


def default_depth(estate: Estate) -> str:
    """The deepest level at which the picture stays readable."""
    counts = Counter(region.level for region in estate.regions.values())
    present = [level for level in LEVELS if counts[level]]
    fitting = [level for level in present if counts[level] <= READABLE]
    return fitting[-1] if fitting else present[0] if present else LEVELS[0]


def picture(estate: Estate, selector: Selector | None = None, depth: str | None = None) -> Picture:
    """The estate's places down to ``depth`` (a level), with their lines.

    With a selector only the targets that it matches are drawn, and the regions above them.
    """
    deepest = LEVELS.index(depth or default_depth(estate))
    shown = {code: _shown(estate, code, deepest) for code in estate.regions}
    own: dict[str, list[Reach]] = {}
    for reach in reaches(estate, selector):
        own.setdefault(shown.get(reach.target.region, ""), []).append(reach)
    root = _Tree(estate, shown, own, is_whole=selector is None or not selector.terms).root()
    drawn = {reach.name for found in own.values() for reach in found}
    places = {name: shown.get(target.region, "") for _kind, name, target in estate.targets()}
    return _with_lines(estate, root, places, drawn)


def _shown(estate: Estate, code: str, deepest: int) -> str:
    """The region that stands for ``code`` in the picture.

    A region is drawn when the one above it is higher than the deepest level: so a county
    directly below its province stands among the cities.
    """
    chain = estate.region_chain(code)
    shown = chain[0]
    for above, each in pairwise(chain):
        if LEVELS.index(estate.regions[above].level) >= deepest:
            break
        shown = each
    return shown


class _Tree:
    def __init__(
        self,
        estate: Estate,
        shown: Mapping[str, str],
        own: Mapping[str, list[Reach]],
        *,
        is_whole: bool,
    ) -> None:
        self.estate = estate
        self.own = own
        self.is_whole = is_whole
        self.children: dict[str | None, list[str]] = {}
        self.gathered: dict[str, Counter[str]] = {}
        for code, region in estate.regions.items():
            if shown[code] == code:
                parent = region.parent if region.parent in estate.regions else None
                self.children.setdefault(parent, []).append(code)
            else:
                self.gathered.setdefault(shown[code], Counter())[region.level] += 1

    def root(self) -> Place:
        tops = [place for place in map(self.place, self.children.get(None, ())) if place]
        if len(tops) == 1 and not self.own.get(""):
            return tops[0]
        header = self.estate.header
        return Place("", header.title, "", tuple(self.own.get("", ())), tuple(tops), {})

    def place(self, code: str) -> Place | None:
        below = tuple(each for each in map(self.place, sorted(self.children.get(code, ()))) if each)
        own = sorted(self.own.get(code, ()), key=lambda reach: (reach.target.region != code, _order(reach)))
        if not self.is_whole and not below and not own:
            return None
        region = self.estate.regions[code]
        gathered = dict(self.gathered.get(code, {}))
        return Place(code, region.title, region.level, tuple(own), below, gathered)


def _order(reach: Reach) -> tuple[str, int, str, str]:
    rank = min(ORDER.get(role, 9) for role in reach.roles)
    return (reach.kind, rank, reach.zone, reach.name)


def _with_lines(estate: Estate, root: Place, place_of: Mapping[str, str], drawn: Set[str]) -> Picture:
    above = {place.code: (root.code, *estate.region_chain(place.code)) for place in root.walk()}
    uplinks: dict[str, list[Line]] = {}
    across: list[Line] = []
    inside: list[Line] = []
    for name, link in sorted(estate.links.items()):
        line = _line(name, link, place_of, above)
        # An uplink counts even when the selector leaves its upper end out: the place does have a line.
        if line is None or line.lower_owner not in drawn:
            continue
        if line.upper != line.lower and line.upper in above[line.lower]:
            uplinks.setdefault(line.lower, []).append(line)
        elif line.upper_owner in drawn:
            (inside if line.upper == line.lower else across).append(line)
    return Picture(root, {code: tuple(lines) for code, lines in uplinks.items()}, tuple(across), tuple(inside))


def _line(name: str, link: Link, place_of: Mapping[str, str], above: Mapping[str, tuple[str, ...]]) -> Line | None:
    """The link with its upper end first; None when an end is unknown or outside the picture."""
    one, other = (end.owner for end in link.ends)
    if place_of.get(other) in above.get(place_of.get(one, "?"), ()):
        one, other = other, one
    if place_of.get(one) is None or place_of.get(other) not in above:
        return None
    return Line(name, link, place_of[one], place_of[other], one, other)
