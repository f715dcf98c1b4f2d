"""What a list would change: every row compared with the estate, every mistake at once, nothing written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from yiwang.core.document import Document
from yiwang.core.errors import ErrorCode, Finding, Position, code, suggestion
from yiwang.core.i18n import N_, _
from yiwang.core.validation import BAD_PATTERN, MISSING_KEY, validate
from yiwang.inventory.estate import Estate, object_layers
from yiwang.inventory.lists.columns import Column
from yiwang.inventory.lists.sheet import Cell, Sheet
from yiwang.inventory.loading.declarations import SINGULAR, Declaration, Declarations, subject_of
from yiwang.inventory.loading.layers import laid, merge
from yiwang.inventory.loading.membership import Membership
from yiwang.inventory.model import KINDS
from yiwang.inventory.model.names import NAME_PATTERN
from yiwang.inventory.selector import parse_selector

UNKNOWN_REGION = code(
    "E1213",
    N_('the estate has no region "{given}"{suggestion}'),
    N_("write its code or its official name; a name that occurs twice needs --region or the code"),
)
ROW_TWICE = code(
    "E1214",
    N_('"{name}" stood in row {row} already'),
    N_("remove one of the two rows, or give them different names"),
)
UNKNOWN_TARGET = code(
    "E1215",
    N_('there is no {what} "{given}"{suggestion}'),
    N_("write the name that it has in the estate; `yiwang inventory list` shows them"),
)

IMPORTABLE = ("organisations", "devices", "nodes", "addresses", "systems")
# Keys that name another object; a list may give its title instead.
REFERENCES = {
    "organisation": "organisations",
    "parent": "organisations",
    "site": "sites",
    "merges_into": "systems",
    "access": "devices",
}
SEPARATORS = re.compile(r"[,，、;；\s]+")
Path = tuple[str, ...]
Value = str | list[str]


@dataclass(slots=True)
class Wanted:
    """What the list says of one object: values by path, each with its cell's place."""

    kind: str
    name: str
    row: Position
    values: dict[Path, tuple[Value, Position]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one object; ``values`` are only those that differ, as (path, old text, new value)."""

    kind: str
    name: str
    action: str
    values: tuple[tuple[Path, str, Value], ...]
    row: Position
    region: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes of an import, or the findings that keep it from being carried out."""

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    ignored: tuple[str, ...]


def plan_import(estate: Estate, kind: str, sheet: Sheet, *, region: str | None = None) -> Plan:
    """Compare a list with the estate.  ``region`` is the division of rows that name none."""
    planner = _Planner(estate, kind, region)
    for row, cells in sheet.rows:
        planner.take(row, cells)
    changes = tuple(planner.change(wanted) for wanted in planner.wanted.values())
    return Plan(changes, tuple(planner.findings), sheet.ignored)


class _Planner:
    def __init__(self, estate: Estate, kind: str, region: str | None) -> None:
        self.estate = estate
        self.kind = kind
        self.findings: list[Finding] = []
        self.wanted: dict[tuple[str, str], Wanted] = {}
        self.region = self.region_code(Cell(region, Position(estate.folder)), None) if region else None
        objects: Mapping[str, Any] = getattr(estate, kind, {})
        self.known = {(each.title, getattr(each, "region", None)): name for name, each in objects.items()}
        self.taken = set(objects)
        selectors = {name: parse_selector(group.select) for name, group in estate.groups.items() if group.select}
        self.membership = Membership(estate.groups, selectors, estate.region_chains, estate.regions)
        self.titles = {
            kind: _unambiguous((each.title, name) for name, each in getattr(estate, kind).items())
            for kind in set(REFERENCES.values())
        }

    def fail(self, error: ErrorCode, at: Position, **values: Any) -> None:
        self.findings.append(Finding(error, "error", at, _(SINGULAR.get(self.kind, self.kind)), values))

    def take(self, row: Position, cells: Mapping[Column, Cell]) -> None:
        by_key = {column.key: cell for column, cell in cells.items()}
        if self.kind == "addresses":
            self._address(row, by_key)
            return
        values = {column.path: (self.value(column, cell), cell.position) for column, cell in cells.items()}
        values.pop(("name",), None)
        if "region" in KINDS[self.kind].model_fields:
            self._place(by_key, values, row)
        name = self._name(by_key, values, row)
        if name is None:
            return
        if (self.kind, name) in self.wanted:
            self.fail(ROW_TWICE, row, name=name, row=self.wanted[self.kind, name].row.line)
            return
        self.wanted[self.kind, name] = Wanted(self.kind, name, row, values)

    def value(self, column: Column, cell: Cell) -> Value:
        """A cell's text as the declaration writes it."""
        if column.is_list:
            return [column.words.get(part, part) for part in SEPARATORS.split(cell.text) if part]
        text = column.words.get(cell.text, cell.text)
        kind = REFERENCES.get(column.key)
        if kind is None or text in getattr(self.estate, kind):
            return text
        if text not in self.titles[kind] and not re.fullmatch(NAME_PATTERN, text):
            near = suggestion(text, self.titles[kind])
            self.fail(UNKNOWN_TARGET, cell.position, what=SINGULAR[kind], given=text, suggestion=near)
        return self.titles[kind].get(text, text)

    def _place(self, cells: Mapping[str, Cell], values: dict[Path, tuple[Value, Position]], row: Position) -> None:
        if cell := cells.get("region"):
            values["region",] = (self.region_code(cell, self.region), cell.position)
        elif self.region:
            values["region",] = (self.region, row)

    def region_code(self, cell: Cell, below: str | None) -> str:
        """The code of a region given by code or title; of several so called, the one below ``below``."""
        if cell.text in self.estate.regions:
            return cell.text
        titled = [code for code, region in self.estate.regions.items() if region.title == cell.text]
        fitting = [code for code in titled if below is None or below in self.estate.region_chain(code)]
        if len(fitting) == 1:
            return fitting[0]
        known = (region.title for region in self.estate.regions.values())
        self.fail(
            UNKNOWN_REGION, cell.position, given=cell.text, suggestion="" if titled else suggestion(cell.text, known)
        )
        return cell.text

    def _name(self, cells: Mapping[str, Cell], values: Mapping[Path, Any], row: Position) -> str | None:
        """The object's name: the one given, that of the object with this title and region, else a new one."""
        if cell := cells.get("name"):
            if not re.fullmatch(NAME_PATTERN, cell.text):
                self.fail(BAD_PATTERN, cell.position, given=cell.text, pattern=NAME_PATTERN)
                return None
            return cell.text
        if "title" not in cells:
            self.fail(MISSING_KEY, row, key="name")
            return None
        region = values["region",][0] if ("region",) in values else None
        title = cells["title"].text
        if (title, region) not in self.known:
            self.known[title, region] = self._new_name(str(region or self.estate.header.region))
        return self.known[title, region]

    def _new_name(self, region: str) -> str:
        stem = f"{SINGULAR[self.kind][:3]}-{region}"
        number = next(number for number in range(1, 10**6) if f"{stem}-{number:03}" not in self.taken)
        self.taken.add(f"{stem}-{number:03}")
        return f"{stem}-{number:03}"

    def _address(self, row: Position, cells: Mapping[str, Cell]) -> None:
        if missing := [key for key in ("name", "address") if key not in cells]:
            self.fail(MISSING_KEY, row, key=missing[0])
            return
        name, address, place = cells["name"].text, cells["address"], cells.get("place")
        kind = next((kind for kind in ("nodes", "devices") if name in getattr(self.estate, kind)), None)
        if kind is None:
            near = suggestion(name, (*self.estate.nodes, *self.estate.devices))
            self.fail(UNKNOWN_TARGET, cells["name"].position, what=N_("node or device"), given=name, suggestion=near)
            return
        wanted = self.wanted.setdefault((kind, name), Wanted(kind, name, row))
        path = self._address_path(kind, name, place.text if place else "")
        self._put(wanted, path, address)
        if path[0] == "interfaces" and "description" in cells:
            self._put(wanted, (*path[:-1], "description"), cells["description"])

    def _address_path(self, kind: str, name: str, place: str) -> Path:
        if kind == "nodes":
            zone = next((zone for zone, each in self.estate.zones.items() if place == each.title), place)
            return ("addresses", zone or self.estate.nodes[name].zone)
        return ("interfaces", place, "address") if place else ("management",)

    def _put(self, wanted: Wanted, path: Path, cell: Cell) -> None:
        if path in wanted.values:
            at = wanted.values[path][1]
            self.fail(ROW_TWICE, cell.position, name=f"{wanted.name} {'.'.join(path)}", row=at.line)
        wanted.values[path] = (cell.text, cell.position)

    def change(self, wanted: Wanted) -> Change:
        """What differs from the estate; the result is checked by the model, its mistakes are findings."""
        current = getattr(self.estate, wanted.kind).get(wanted.name)
        differing = tuple(
            (path, old, value)
            for path, (value, _at) in wanted.values.items()
            if (old := text_at(current, path)) != (", ".join(value) if isinstance(value, list) else value)
        )
        if differing:
            self._check(wanted)
        action = "unchanged" if not differing else "changed" if current is not None else "added"
        region = wanted.values.get(("region",), (getattr(current, "region", "") or "", None))[0]
        return Change(wanted.kind, wanted.name, action, differing, wanted.row, str(region))

    def _check(self, wanted: Wanted) -> None:
        def locate(path: Any, _of_key: bool) -> Position:
            whole = tuple(str(part) for part in path)
            for length in range(len(whole), 0, -1):
                for given, (_value, at) in wanted.values.items():
                    if given[:length] == whole[:length]:
                        return at
            return wanted.row

        subject = subject_of(wanted.kind, wanted.name)
        _value, findings = validate(KINDS[wanted.kind], self._data(wanted), locate, subject=subject)
        told = {finding.position for finding in self.findings}
        self.findings += [finding for finding in findings if finding.position not in told]

    def _data(self, wanted: Wanted) -> dict[str, Any]:
        """The object with all its layers and what the list says."""
        own = nested({path: value for path, (value, _at) in wanted.values.items()})
        declared = self.estate.declared
        if wanted.name in declared.objects[wanted.kind]:
            layers = self.estate.layers(wanted.kind, wanted.name)
        else:
            layers = self._layers_of_new(wanted, own)
        return merge(laid(layers), own)

    def _layers_of_new(self, wanted: Wanted, own: dict[str, Any]) -> tuple[Any, ...]:
        document = Document(wanted.row.file, {}, (0, 0, 1, 1, None))
        declaration = Declaration(wanted.kind, wanted.name, own, document, (wanted.kind, wanted.name))
        objects = {**self.estate.declared.objects, wanted.kind: {wanted.name: declaration}}
        declared = Declarations(objects, self.estate.declared.single)
        chains = self.estate.region_chains
        without_groups = laid(object_layers(declared, wanted.kind, wanted.name, chains, ()))
        groups = self.membership.of(wanted.kind, wanted.name, without_groups)
        return object_layers(declared, wanted.kind, wanted.name, chains, groups)


def _unambiguous(pairs: Iterable[tuple[str | None, str]]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for title, name in pairs:
        if title:
            found.setdefault(title, []).append(name)
    return {title: names[0] for title, names in found.items() if len(names) == 1}


def text_at(value: Any, path: Path) -> str:
    """The effective value at a path as a list would write it; empty where there is none."""
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else getattr(value, part, None)
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)


def nested(values: Mapping[Path, Value]) -> dict[str, Any]:
    """Values by path as mappings within mappings."""
    data: dict[str, Any] = {}
    for path, value in values.items():
        inner = data
        for part in path[:-1]:
            inner = inner.setdefault(part, {})
        inner[path[-1]] = value
    return data
