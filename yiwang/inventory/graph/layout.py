"""Where everything goes in the picture: a box for the top, columns below it, a row for each place at the bottom.

Lengths are SVG user units (1 unit prints as 1/96 inch).  The picture is made of sheets, one
below the other: one for the top and, where three levels are drawn below it, one more for each
place of the second level.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from yiwang.inventory.graph.places import Picture, Place
from yiwang.inventory.reach import Reach

MARGIN = 44.0
COLUMN = 224.0
GAP = 20.0
ROW = 25.0
ITEM = 21.0
HEAD = 34.0
BUS = 11.0
TITLE = 64.0
LEGEND = 92.0
CHIP = 172.0
ZONE = 120.0
ITEMS_SHOWN = 6
LANDSCAPE = 1.45
"""Width to height that fills a landscape page."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; x and y are its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Column:
    """A place of the second level: its head with items, and a row for each place below."""

    place: Place
    head: Box
    items: tuple[tuple[Reach, float], ...]
    more: int
    rows: tuple[tuple[Place, Box], ...]
    band: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """The box at the top with its items in a grid, the buses below it, and the columns in bands."""

    place: Place
    top: Box
    items: tuple[tuple[Reach, Box], ...]
    buses: tuple[str, ...]
    bus_lines: tuple[float, ...]
    columns: tuple[Column, ...]
    box: Box

    def bus_y(self, owner: str, band: int) -> float:
        """The height of the bus of a target above a band of columns."""
        return self.bus_lines[band] + BUS * self.buses.index(owner)


@dataclass(frozen=True, slots=True)
class Layout:
    """All sheets and the size of the whole."""

    sheets: tuple[Sheet, ...]
    width: float
    height: float


def layout(picture: Picture) -> Layout:
    """Positions of everything in the picture."""
    roots = [picture.root]
    if picture.root.height > 2:
        roots += [place for place in picture.root.below if place.below]
    per_band = _columns_in_a_band(picture, roots)
    sheets: list[Sheet] = []
    y = MARGIN + TITLE
    for root in roots:
        sheet = _sheet(root, picture, y, per_band)
        sheets.append(sheet)
        y = sheet.box.bottom + 2 * GAP
    width = max(sheet.box.width for sheet in sheets) + 2 * MARGIN
    return Layout(tuple(sheets), width, y + LEGEND + MARGIN)


def _columns_in_a_band(picture: Picture, roots: list[Place]) -> int:
    """So many columns side by side that the largest sheet fills a landscape page."""
    largest = max(roots, key=lambda place: sum(1 for _each in place.walk()))
    most = max(len(_groups(largest)), 1)

    def distance(count: int) -> float:
        box = _sheet(largest, picture, 0, count).box
        empty = -most % count / count
        return abs(math.log(box.width / (box.height + TITLE + LEGEND) / LANDSCAPE)) + empty / 2

    return min(range(min(2, most), min(most, 24) + 1), key=distance)


def _groups(place: Place) -> list[tuple[Place, tuple[Place, ...]]]:
    """The columns of a sheet: each place below with its own; bare places share columns."""
    if any(each.below for each in place.below) or not place.below:
        return [(each, each.below) for each in place.below]
    share = max(4, math.ceil(len(place.below) / math.ceil(math.sqrt(len(place.below) / 3))))
    parts = [place.below[start : start + share] for start in range(0, len(place.below), share)]
    return [(place, part) for part in parts]


def _sheet(place: Place, picture: Picture, y: float, per_band: int) -> Sheet:
    groups = _groups(place)
    bands = math.ceil(len(groups) / per_band)
    per_band = math.ceil(len(groups) / max(bands, 1)) or 1
    width = max(min(len(groups), per_band), 3) * (COLUMN + GAP) - GAP
    owners = {line.upper_owner for each in place.below for line in picture.uplinks.get(each.code, ())}
    buses = tuple(reach.name for reach in place.targets if reach.name in owners)
    left = MARGIN + BUS * len(buses) + 4
    items, height = _grid(place, left, y + HEAD, width)
    top = Box(left, y, width, HEAD + height + 8)
    columns: list[Column] = []
    bus_lines: list[float] = []
    below = top.bottom
    for band, start in enumerate(range(0, len(groups), per_band)):
        part = groups[start : start + per_band]
        bus_lines.append(below + GAP)
        head_y = below + GAP + BUS * len(buses) + GAP
        indent = (width - (len(part) * (COLUMN + GAP) - GAP)) / 2 if start == 0 else 0
        made = [
            _column(group, place, band, left + indent + index * (COLUMN + GAP), head_y)
            for index, group in enumerate(part)
        ]
        columns += made
        below = max(_bottom(column) for column in made)
    box = Box(MARGIN, y, left - MARGIN + width, max(below, top.bottom) - y)
    return Sheet(place, top, items, buses, tuple(bus_lines), tuple(columns), box)


def _grid(place: Place, x: float, y: float, width: float) -> tuple[tuple[tuple[Reach, Box], ...], float]:
    """The targets of the top place: devices in the first lines, hosts below them, one zone after the other."""
    across = max(int((width - ZONE) // CHIP), 1)
    cells: list[tuple[Reach, Box]] = []
    line = 0
    for group in _by_zone(place):
        for index, reach in enumerate(group):
            column = index % across
            line += bool(index) and column == 0
            cells.append((reach, Box(x + ZONE + column * CHIP, y + line * ITEM, CHIP - 10, ITEM)))
        line += 1
    return tuple(cells), line * ITEM


def _by_zone(place: Place) -> Iterator[list[Reach]]:
    kinds: dict[tuple[str, str], list[Reach]] = {}
    for reach in place.targets:
        kinds.setdefault((reach.kind, reach.zone), []).append(reach)
    yield from kinds.values()


def _column(group: tuple[Place, tuple[Place, ...]], top: Place, band: int, x: float, y: float) -> Column:
    place, below = group
    is_bare = place is top
    own = () if is_bare else place.own
    targets = own[:ITEMS_SHOWN]
    more = len(own) - len(targets)
    lines = len(targets) + (more > 0) + (bool(place.gathered) and not is_bare)
    head = Box(x, y, COLUMN, 0 if is_bare else HEAD + lines * ITEM + 4)
    items = tuple((reach, y + HEAD + (index + 0.5) * ITEM) for index, reach in enumerate(targets))
    rows = tuple(
        (each, Box(x + 22, head.bottom + 6 + index * ROW, COLUMN - 22, ROW - 3)) for index, each in enumerate(below)
    )
    return Column(place, head, items, more, rows, band)


def _bottom(column: Column) -> float:
    return column.rows[-1][1].bottom if column.rows else column.head.bottom
