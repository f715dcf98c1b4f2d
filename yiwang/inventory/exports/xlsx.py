"""The ledger (台账): one sheet a kind with Chinese headings, filters and a summary.

What it writes, ``yiwang inventory import`` reads: the headings are the same table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from yiwang.inventory.estate import Estate
from yiwang.inventory.lists.columns import Column, Listing, listings
from yiwang.inventory.selector import Selector

Rows = list[list[Any]]
WIDEST = 48
LEVELS = {"province": "省级", "city": "市级", "county": "县级", "township": "乡级", "village": "村级"}
TARGETS = ("nodes", "devices")


def files(estate: Estate, selector: Selector | None, _folder: Path) -> dict[str, bytes]:
    """One workbook."""
    import xlsxwriter

    sheets = [(listing, _rows(estate, listing, selector)) for listing in listings().values()]
    stream = BytesIO()
    # A text such as =1+1 in a title must stay a text: nothing that is declared becomes a formula or a link.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"title": f"{estate.header.title}台账"})
        _summary(book, estate, {listing.zh: len(rows) for listing, rows in sheets})
        for listing, rows in sheets:
            _sheet(book, listing, rows)
    return {"台账.xlsx": stream.getvalue()}


def _summary(book: Any, estate: Estate, counts: Mapping[str, int]) -> None:
    sheet = book.add_worksheet("汇总")
    heading = book.add_format({"bold": True, "font_size": 14})
    head = _head(book)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 4, 14)
    sheet.write_string(0, 0, f"{estate.header.title}台账", heading)
    sheet.write_row(2, 0, ["类别", "数量"], head)
    for row, (title, count) in enumerate(counts.items(), 3):
        sheet.write_row(row, 0, [title, count])
    top = len(counts) + 5
    sheet.write_row(top, 0, ["行政区划", "层级", "节点", "网络设备", "单位"], head)
    for row, cells in enumerate(_by_region(estate), top + 1):
        sheet.write_row(row, 0, cells)


def _by_region(estate: Estate) -> Iterator[list[Any]]:
    totals: dict[str, list[int]] = {}
    for index, kind in enumerate((*TARGETS, "organisations")):
        for each in getattr(estate, kind).values():
            for code in estate.region_chain(each.region):
                totals.setdefault(code, [0, 0, 0])[index] += 1
    for code, region in estate.regions.items():
        if region.level in ("province", "city", "county"):
            yield [region.title, LEVELS[region.level], *totals.get(code, [0, 0, 0])]


def _head(book: Any) -> Any:
    return book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "valign": "vcenter"})


def _sheet(book: Any, listing: Listing, rows: Rows) -> None:
    sheet = book.add_worksheet(listing.zh)
    headings = [column.zh for column in listing.columns]
    sheet.write_row(0, 0, headings, _head(book))
    for number, row in enumerate(rows, 1):
        sheet.write_row(number, 0, row)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(rows), len(headings) - 1)
    for index, heading in enumerate(headings):
        cells = [heading, *(row[index] for row in rows)]
        sheet.set_column(index, index, min(max(map(_width, cells)) + 2, WIDEST))


def _width(value: Any) -> int:
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in str(value))


def _rows(estate: Estate, listing: Listing, selector: Selector | None) -> Rows:
    if listing.kind == "addresses":
        return [row for kind in TARGETS for row in _addresses(kind, _objects(estate, kind, selector))]
    objects = _objects(estate, listing.kind, selector)
    return [
        [name if column.key == "name" else _cell(value, column) for column in listing.columns]
        for name, value in sorted(objects.items())
    ]


def _objects(estate: Estate, kind: str, selector: Selector | None) -> Mapping[str, Any]:
    if kind in TARGETS and selector is not None:
        return {name: target for each, name, target in estate.targets(selector) if each == kind}
    found: Mapping[str, Any] = getattr(estate, kind)
    return found


def _cell(value: Any, column: Column) -> Any:
    for part in column.path:
        value = value.get(part) if isinstance(value, Mapping) else getattr(value, part, None)
    if isinstance(value, tuple):
        return "、".join(column.word(str(each)) for each in value)
    if isinstance(value, bool):
        return column.word(str(value).lower())
    if isinstance(value, int | float):
        return column.word(str(value)) if column.words else value
    return "" if value is None else column.word(str(value))


def _addresses(kind: str, objects: Mapping[str, Any]) -> Iterator[list[Any]]:
    for name, target in sorted(objects.items()):
        if kind == "nodes":
            for zone, address in target.addresses.items():
                yield [name, zone, str(address), ""]
        else:
            for port, interface in target.interfaces.items():
                if interface.address:
                    yield [name, port, str(interface.address), interface.description]
