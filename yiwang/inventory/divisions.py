"""The administrative divisions of China, from province to township.

Source: National Bureau of Statistics, 统计用区划代码和城乡划分代码 (2023), a public table.  The archive
beside the standard zones holds an index of all 3,300 divisions above township and a member
for each province's townships, so that one province is read without the rest of China.
Villages (620,000) are not shipped; :func:`read_villages` reads them from the bureau's table.

Codes are canonical: 410000, 410600, 410621, 410621001, 410621001001.  What the bureau lists
as a city without being a government (市辖区, 县, 省直辖县级行政区划) is left out: its counties hang
directly below the province.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from yiwang.core.errors import NotFoundError, UsageError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.inventory.model.region import Level

ARCHIVE = Path(__file__).parent / "standard" / "divisions.zip"
LISTED = 12

UNKNOWN_DIVISION = code(
    "E1401",
    N_('there is no province, city or county "{given}"{suggestion}'),
    N_("give a code of 2, 4 or 6 digits such as 410600, or a full name such as 鹤壁市"),
)
AMBIGUOUS_DIVISION = code(
    "E1402",
    N_('"{given}" is the name of several divisions: {candidates}'),
    N_("give the code, or the name with the division above it, such as 北京市朝阳区"),
)
NO_GOVERNMENT = code(
    "E1403",
    N_('"{given}" is only a heading of the table, not a government: below it are {candidates}'),
    N_("give one of these codes"),
    N_(
        "The statistics list counties that a province administers directly under a made-up city code such as 4190. "
        "Nobody governs that code, so it has no estate; each of its counties has one."
    ),
)
BAD_VILLAGES = code(
    "E1404",
    N_("{file}:{line}: this is not a table of villages: {reason}"),
    N_("it must be CSV (.csv or .csv.gz, UTF-8) with the columns code, name, parent"),
)


@dataclass(frozen=True, slots=True)
class Division:
    """A division; ``townships`` counts those directly below it, as far as the table goes."""

    code: str
    name: str
    level: Level
    parent: str | None
    townships: int = 0


@cache
def upper_divisions() -> Mapping[str, Division]:
    """Every province, city and county by code, in the order of codes."""
    found: dict[str, Division] = {}
    for row in _member("index"):
        code_, name, townships = row.split("\t")
        level, parent = _place(code_, found)
        found[code_] = Division(code_, name, level, parent, int(townships))
    return MappingProxyType(found)


def _place(code: str, above: Collection[str]) -> tuple[Level, str | None]:
    if code.endswith("0000"):
        return "province", None
    if code.endswith("00"):
        return "city", f"{code[:2]}0000"
    city = f"{code[:4]}00"
    return "county", city if city in above else f"{code[:2]}0000"


@cache
def townships(province: str) -> Mapping[str, tuple[Division, ...]]:
    """The townships of a province (its first two digits) by the code of the division above."""
    found: dict[str, list[Division]] = {}
    for row in _member(province):
        code_, name = row.split("\t")
        found.setdefault(code_[:6], []).append(Division(code_, name, "township", code_[:6]))
    return MappingProxyType({above: tuple(below) for above, below in found.items()})


def _member(name: str) -> list[str]:
    with zipfile.ZipFile(ARCHIVE) as archive:
        return archive.read(name).decode().splitlines()


@cache
def _children() -> Mapping[str | None, tuple[Division, ...]]:
    found: dict[str | None, list[Division]] = {}
    for division in upper_divisions().values():
        found.setdefault(division.parent, []).append(division)
    return MappingProxyType({above: tuple(below) for above, below in found.items()})


def divisions_below(code: str) -> tuple[Division, ...]:
    """The cities and counties directly below a province or city; provinces for an empty code."""
    return _children().get(code or None, ())


def full_name(division: Division) -> str:
    """The name with those above it, such as 河南省鹤壁市浚县."""
    above = upper_divisions().get(division.parent or "")
    return (full_name(above) if above else "") + division.name


def find_division(given: str, level: Level | None = None) -> Division:
    """The province, city or county of a code (2, 4 or 6 digits) or name.

    With ``level``, a code stands for the division of that level which it lies in, and a name
    is looked for in that level alone.

    Raises:
        NotFoundError: nothing is called so.
        UsageError: the name fits several divisions, or the code is no government.
    """
    given = given.strip()
    found = _by_code(given) if given.isascii() and given.isdigit() else _by_name(given, level)
    while level and found.level != level:
        above = upper_divisions().get(found.parent or "")
        if above is None:
            raise NotFoundError(UNKNOWN_DIVISION, given=f"{given} ({level})", suggestion="")
        found = above
    return found


def _by_code(given: str) -> Division:
    code_ = given.ljust(6, "0") if len(given) in (2, 4, 6) else given
    if found := upper_divisions().get(code_):
        return found
    below = [each for each in upper_divisions().values() if code_.endswith("00") and each.code[:4] == code_[:4]]
    if not below or len(code_) != 6:
        raise NotFoundError(UNKNOWN_DIVISION, given=given, suggestion=suggestion(code_, upper_divisions()))
    province = upper_divisions()[f"{code_[:2]}0000"]
    if all(each.level == "county" for each in divisions_below(province.code)):
        return province
    raise UsageError(NO_GOVERNMENT, given=given, candidates=_listed(below))


def _by_name(given: str, level: Level | None) -> Division:
    known = [each for each in upper_divisions().values() if level in (None, each.level)]
    exact = [each for each in known if given.endswith(each.name) and given in _names(each)]
    found = exact or [each for each in known if len(given) > 1 and each.name.startswith(given)]
    if not found:
        near = suggestion(given, {each.name for each in known})
        raise NotFoundError(UNKNOWN_DIVISION, given=given, suggestion=near)
    # Jiayuguan is a city and its only county under one name: the upper one is meant.
    if all(each is found[0] or each.parent == found[0].code for each in found):
        return found[0]
    raise UsageError(AMBIGUOUS_DIVISION, given=given, candidates=_listed(found))


def _names(division: Division) -> set[str]:
    """The name alone and behind any of the names above it, whole or in part: 浚县, 鹤壁市浚县, 河南省浚县."""
    return {prefix + division.name for prefix in _prefixes(division)}


def _prefixes(division: Division) -> set[str]:
    above = upper_divisions().get(division.parent or "")
    if above is None:
        return {""}
    higher = _prefixes(above)
    return higher | {prefix + above.name for prefix in higher}


def _listed(divisions: Iterable[Division]) -> str:
    shown = [f"{each.code} {full_name(each)}" for each in divisions]
    return "、".join(shown[:LISTED]) + ("…" if len(shown) > LISTED else "")


def read_villages(file: Path, region: str) -> Mapping[str, tuple[Division, ...]]:
    """The villages below a canonical code, by township, from CSV with the columns code, name, parent.

    Raises:
        UsageError: the file is not such a table.
    """
    prefix = region[:2] if region.endswith("0000") else region[:4] if region.endswith("00") else region
    found: dict[str, list[Division]] = {}
    try:
        with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as stream:
            text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
            rows = csv.reader(text)
            if next(rows, []) != ["code", "name", "parent"]:
                raise UsageError(BAD_VILLAGES, file=file, line=1, reason="code,name,parent")
            for row in rows:
                if row and row[0].startswith(prefix):
                    village = _village(row, file, rows.line_num)
                    found.setdefault(row[2], []).append(village)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(BAD_VILLAGES, file=file, line=1, reason=str(error)) from error
    return {above: tuple(sorted(below, key=lambda each: each.code)) for above, below in found.items()}


def _village(row: list[str], file: Path, line: int) -> Division:
    if len(row) != 3 or len(row[0]) != 12 or not row[0].isdigit() or row[0][:9] != row[2] or not row[1]:
        raise UsageError(BAD_VILLAGES, file=file, line=line, reason=",".join(row))
    return Division(row[0], row[1], "village", row[2])
