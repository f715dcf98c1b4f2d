"""The topology as a picture to print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from yiwang.core.i18n import N_, _
from yiwang.inventory.estate import Estate
from yiwang.inventory.graph.canvas import INK, PALE, Canvas, text_width
from yiwang.inventory.graph.layout import HEAD, ITEM, LEGEND, MARGIN, ZONE, Box, Column, Layout, Sheet, layout
from yiwang.inventory.graph.marks import BANDWIDTHS, MARKS, Mark, line_width, mark_of, short_bandwidth, short_title
from yiwang.inventory.graph.places import Line, Picture, Place
from yiwang.inventory.graph.tree import LEVEL_COUNTS, told_bandwidths
from yiwang.inventory.reach import Reach

BUS_COLOURS = ("#2f4b6e", "#6b8fb8", "#8a6d3b", "#5d8a66")
TRUNK = "#8fa1b5"
ALARM = "#c62828"
PAPER = "#f5f8fb"
HEAD_PAPER = "#e3ecf6"
EDGE = "#b4c2d1"
LEVELS = {
    "province": N_("province"),
    "city": N_("city"),
    "county": N_("county"),
    "township": N_("township"),
    "village": N_("village"),
}


def svg(estate: Estate, picture: Picture) -> bytes:
    """The picture as an SVG file, in the language in force."""
    placed = layout(picture)
    title = _("{title}: network topology").format(title=estate.header.title)
    canvas = Canvas(placed.width, placed.height, title)
    canvas.text(placed.width / 2, MARGIN + 10, title, size=24, anchor="middle", is_bold=True)
    canvas.text(placed.width / 2, MARGIN + 40, _counts(picture), size=13, colour=PALE, anchor="middle")
    for sheet in placed.sheets:
        _Drawing(canvas, picture, sheet, {name: zone.title for name, zone in estate.zones.items()}).draw()
    _legend(canvas, picture, placed)
    return canvas.bytes()


def _counts(picture: Picture) -> str:
    places = list(picture.root.walk())
    targets = [reach for place in places for reach in place.targets]
    devices = sum(reach.kind == "devices" for reach in targets)
    regions = len(places) + sum(sum(place.gathered.values()) for place in places)
    lines = sum(map(len, picture.uplinks.values())) + len(picture.across) + len(picture.inside)
    return _("{regions} regions, {devices} network devices, {nodes} nodes, {lines} lines").format(
        regions=regions, devices=devices, nodes=len(targets) - devices, lines=lines
    )


class _Drawing:
    """One sheet."""

    def __init__(self, canvas: Canvas, picture: Picture, sheet: Sheet, zones: Mapping[str, str]) -> None:
        self.canvas = canvas
        self.picture = picture
        self.sheet = sheet
        self.zones = zones

    def draw(self) -> None:
        for index, owner in enumerate(self.sheet.buses):
            self._bus(index, owner)
        for column in self.sheet.columns:
            self._drops(column)
        self._top()
        for column in self.sheet.columns:
            self._column(column)

    def _bus(self, index: int, owner: str) -> None:
        """From the owner at the top, along the left edge past each band, with a bar above its columns."""
        sheet, colour = self.sheet, BUS_COLOURS[index % len(BUS_COLOURS)]
        spine = sheet.top.x - 4 - (index + 0.5) * 11
        used = {column.band: column for column in sheet.columns if self._lines(column, owner)}
        ends = {band: self._drop_x(column, owner) for band, column in used.items()}
        width = max(
            (line_width(line.link.bandwidth_mbps) for c in sheet.columns for line in self._lines(c, owner)), default=2
        )
        if not used:
            return
        lowest = sheet.bus_y(owner, max(used))
        self.canvas.line(
            [(sheet.top.x, sheet.top.y + 14 + index * 9), (spine, sheet.top.y + 14 + index * 9), (spine, lowest)],
            width=width,
            colour=colour,
        )
        for band, end in ends.items():
            y = sheet.bus_y(owner, band)
            self.canvas.line([(spine, y), (end, y)], width=width, colour=colour)

    def _lines(self, column: Column, owner: str) -> list[Line]:
        places = [place for place, _box in column.rows] if self._is_bare(column) else [column.place]
        return [
            line for place in places for line in self.picture.uplinks.get(place.code, ()) if line.upper_owner == owner
        ]

    def _is_bare(self, column: Column) -> bool:
        return column.place is self.sheet.place

    def _drop_x(self, column: Column, owner: str) -> float:
        if self._is_bare(column):
            return column.head.x + 3 + 9 * self.sheet.buses.index(owner)
        return column.head.x + 30 + 22 * self.sheet.buses.index(owner)

    def _drops(self, column: Column) -> None:
        for owner in self.sheet.buses:
            colour = BUS_COLOURS[self.sheet.buses.index(owner) % len(BUS_COLOURS)]
            lines = self._lines(column, owner)
            if not lines:
                continue
            x, y = self._drop_x(column, owner), self.sheet.bus_y(owner, column.band)
            if self._is_bare(column):
                fed = {line.lower for line in lines}
                last = max(box.y + box.height / 2 for place, box in column.rows if place.code in fed)
                self.canvas.line([(x, y), (x, last)], width=2, colour=colour)
                continue
            for index, line in enumerate(lines):
                width = line_width(line.link.bandwidth_mbps)
                points = [(x + index * 6, y), (x + index * 6, column.head.y)]
                self.canvas.line(points, width=width, colour=colour, is_dashed=line.link.backup)

    def _top(self) -> None:
        sheet = self.sheet
        self.canvas.box(sheet.top.x, sheet.top.y, sheet.top.width, sheet.top.height, fill=HEAD_PAPER, stroke=EDGE)
        level = _(LEVELS[sheet.place.level]) if sheet.place.level else ""
        self.canvas.text(sheet.top.x + 14, sheet.top.y + HEAD / 2, sheet.place.title, size=18, is_bold=True)
        right = sheet.top.x + sheet.top.width - 14
        self.canvas.text(right, sheet.top.y + HEAD / 2, level, colour=PALE, anchor="end")
        told = None
        for reach, box in sheet.items:
            group = self.zones.get(reach.zone, reach.zone) if reach.kind == "nodes" else _("network devices")
            if group != told:
                self.canvas.text(sheet.top.x + 14, box.y + ITEM / 2, group, size=12, colour=PALE, room=ZONE - 16)
                told = group
            self._item(reach, sheet.place, box.x, box.y + ITEM / 2, box.width)
            if reach.name in sheet.buses:
                colour = BUS_COLOURS[sheet.buses.index(reach.name) % len(BUS_COLOURS)]
                y = box.y + ITEM - 1.5
                self.canvas.line([(box.x + 21, y), (box.x + 86, y)], width=2.4, colour=colour)

    def _item(self, reach: Reach, place: Place, x: float, y: float, room: float) -> None:
        self.canvas.mark(mark_of(reach), x + 8, y)
        title = short_title(reach.target.title or reach.name, place.title)
        self.canvas.text(x + 21, y, title, size=12.5, room=room - 24)

    def _column(self, column: Column) -> None:
        head = column.head
        if not self._is_bare(column):
            self.canvas.box(head.x, head.y, head.width, head.height, fill=HEAD_PAPER, stroke=EDGE)
            self._head(column)
        if column.rows and not self._is_bare(column):
            last = column.rows[-1][1]
            ends = [(head.x + 10, head.bottom), (head.x + 10, last.y + last.height / 2)]
            self.canvas.line(ends, width=2, colour=TRUNK)
        for place, box in column.rows:
            self._row(column, place, box)

    def _head(self, column: Column) -> None:
        head, place = column.head, column.place
        told, colour = self._uplink_text(place)
        room = head.width - text_width(told, 12) - 30
        self.canvas.text(head.x + 10, head.y + HEAD / 2, place.title, size=15, is_bold=True, room=room)
        self.canvas.text(head.x + head.width - 8, head.y + HEAD / 2, told, size=12, colour=colour, anchor="end")
        for reach, y in column.items:
            self._item(reach, place, head.x + 8, y, head.width - 14)
        y = head.y + HEAD + (len(column.items) + 0.5) * ITEM
        if column.more:
            self.canvas.text(head.x + 29, y, _("+ {count} more").format(count=column.more), size=12, colour=PALE)
            y += ITEM
        if place.gathered:
            self.canvas.text(head.x + 29, y, _gathered(place), size=12, colour=PALE, room=head.width - 36)

    def _uplink_text(self, place: Place) -> tuple[str, str]:
        lines = self.picture.uplinks.get(place.code, ())
        if lines:
            return told_bandwidths(lines), PALE
        return (_("no line"), ALARM) if place.targets else (_("not covered"), ALARM)

    def _row(self, column: Column, place: Place, box: Box) -> None:
        middle = box.y + box.height / 2
        self.canvas.box(box.x, box.y, box.width, box.height, fill=PAPER, stroke=EDGE, radius=3)
        for index, line in enumerate(lines := self.picture.uplinks.get(place.code, ())):
            self._stub(column, line, box, middle + (index - (len(lines) - 1) / 2) * 5)
        x = box.x + 12
        for mark, count in _marks(place.own):
            self.canvas.mark(mark, x, middle, 5.5)
            x += 15
            if count > 1:
                self.canvas.text(x - 7, middle, str(count), size=10.5, colour=PALE)
                x += 4 + text_width(str(count), 10.5)
        told, colour = self._uplink_text(place)
        if place.gathered:
            told = f"+{sum(place.gathered.values())}  {told}"
        room = box.x + box.width - text_width(told, 11) - 14 - x
        self.canvas.text(x, middle, place.title, size=12.5, room=room)
        self.canvas.text(box.x + box.width - 7, middle, told, size=11, colour=colour, anchor="end")

    def _stub(self, column: Column, line: Line, box: Box, y: float) -> None:
        """From the vertical line of the column to a row."""
        x, colour = column.head.x + 10, TRUNK
        if self._is_bare(column) and line.upper_owner in self.sheet.buses:
            x = self._drop_x(column, line.upper_owner)
            colour = BUS_COLOURS[self.sheet.buses.index(line.upper_owner) % len(BUS_COLOURS)]
        width = line_width(line.link.bandwidth_mbps)
        self.canvas.line([(x, y), (box.x, y)], width=width, colour=colour, is_dashed=line.link.backup)


def _gathered(place: Place) -> str:
    return ", ".join(_(LEVEL_COUNTS[level]).format(count=count) for level, count in place.gathered.items())


def _marks(targets: Iterable[Reach]) -> list[tuple[Mark, int]]:
    found: dict[str, tuple[Mark, int]] = {}
    for reach in targets:
        mark = mark_of(reach)
        found[mark.word] = (mark, found.get(mark.word, (mark, 0))[1] + 1)
    return [found[mark.word] for mark in MARKS.values() if mark.word in found]


def _legend(canvas: Canvas, picture: Picture, placed: Layout) -> None:
    y = placed.height - LEGEND - MARGIN / 2
    canvas.line([(MARGIN, y), (placed.width - MARGIN, y)], width=1, colour=EDGE)
    x = MARGIN
    y += 24
    present = {mark_of(reach).word for place in picture.root.walk() for reach in place.own}
    for mark in MARKS.values():
        if mark.word in present:
            canvas.mark(mark, x + 7, y)
            canvas.text(x + 20, y, _(mark.word), size=12.5)
            x += 44 + text_width(_(mark.word), 12.5)
    x, y = MARGIN, y + 26
    for width, told in _widths(picture):
        canvas.line([(x, y), (x + 34, y)], width=width, colour=INK)
        canvas.text(x + 42, y, told, size=12.5)
        x += 66 + text_width(told, 12.5)
    if any(line.link.backup for lines in picture.uplinks.values() for line in lines):
        canvas.line([(x, y), (x + 34, y)], width=2, colour=INK, is_dashed=True)
        canvas.text(x + 42, y, _("backup line"), size=12.5)
    canvas.text(MARGIN, y + 26, "  ".join(_notes(picture)), size=11.5, colour=PALE)


def _notes(picture: Picture) -> Iterator[str]:
    if any(place.gathered for place in picture.root.walk()):
        yield _("+N: so many regions below are gathered into this one.")
    if picture.inside:
        yield _("Lines within a region are not drawn: {count}.").format(count=len(picture.inside))
    if picture.across:
        yield _("Lines across the tree are not drawn: {count}.").format(count=len(picture.across))


def _widths(picture: Picture) -> list[tuple[float, str]]:
    """The line widths that occur, each with the bandwidths that it stands for."""
    drawn = {line_width(line.link.bandwidth_mbps) for lines in picture.uplinks.values() for line in lines}
    told = []
    for (limit, width), below in zip(BANDWIDTHS, (0.0, *(limit for limit, _w in BANDWIDTHS)), strict=False):
        if width in drawn:
            upper = short_bandwidth(limit) if limit != float("inf") else ""
            told.append((width, f"≤ {upper}" if upper else f"> {short_bandwidth(below)}"))
    return told
