"""Every record and every table of codes, read from ``standard/``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from pydantic import Field

from yiwang.adapters.records.declaration import Record, RecordField
from yiwang.adapters.records.faults import BAD_RECORD, UNKNOWN_RECORD, UNKNOWN_TABLE
from yiwang.adapters.records.title import Titled
from yiwang.core.document import parse
from yiwang.core.errors import AdapterError, NotFoundError, suggestion
from yiwang.core.i18n import N_, language
from yiwang.core.validation import Declared, validate

STANDARD = Path(__file__).with_name("standard")
CODES = "codes.yaml"


Told = TypeVar("Told", bound=Declared)


class CodeTable(Titled):
    """Codes and their names, in the order of the standard."""

    standard: str = Field("", description=N_("standard that it follows"))
    codes: dict[str, tuple[str, str]] = Field(min_length=1, description=N_("code: Chinese and English name"))

    def name(self, code: str) -> str:
        """What a code means, in the language in force."""
        zh, en = self.codes[code]
        return zh if language() == "zh_CN" else en


class _Tables(Declared):
    tables: dict[str, CodeTable]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Records and tables by name."""

    records: Mapping[str, Record]
    tables: Mapping[str, CodeTable]

    def codes(self, field: RecordField) -> frozenset[str]:
        """The codes that a field takes; none where it has no table."""
        return frozenset(self.tables[field.codes].codes) if field.codes else frozenset()


@cache
def catalogue() -> Catalogue:
    """What ships with Yiwang."""
    return read_catalogue(STANDARD)


def read_catalogue(folder: Path) -> Catalogue:
    """The records and tables of a folder: ``codes.yaml`` and a file for each record.

    Raises:
        AdapterError: a file has mistakes (E4002).
    """
    tables = _read(folder / CODES, _Tables).tables
    files = sorted(each for each in folder.glob("*.yaml") if each.name != CODES)
    records = {file.stem: _read(file, Record).model_copy(update={"name": file.stem}) for file in files}
    for name, record in records.items():
        if found := [*record.faults(), *_strangers(record, records, tables)]:
            details = "; ".join(f"{place}: {what}" for place, what in found)
            raise AdapterError(BAD_RECORD, file=folder / f"{name}.yaml", details=details)
    return Catalogue(MappingProxyType(records), MappingProxyType(tables))


def _strangers(
    record: Record, records: Mapping[str, Record], tables: Mapping[str, CodeTable]
) -> Iterator[tuple[str, str]]:
    """Names of tables and records that there are none of."""
    for name, field in record.fields.items():
        if field.codes and field.codes not in tables:
            yield f"fields.{name}.codes", field.codes
        if field.refers and field.refers not in records:
            yield f"fields.{name}.refers", field.refers


def _read(file: Path, model: type[Told]) -> Told:
    document, malformed = parse(file.read_bytes(), file)
    value, mistakes = validate(
        model, document.data, lambda path, of_key: document.position(path, of_key=of_key), subject=file.stem
    )
    if value is None or malformed:
        details = "; ".join(str(each) for each in (*malformed, *mistakes))
        raise AdapterError(BAD_RECORD, file=file, details=details)
    return value


def find_record(given: str) -> Record:
    """The record of a name.

    Raises:
        NotFoundError: there is none (E4001).
    """
    known = catalogue().records
    if given not in known:
        raise NotFoundError(UNKNOWN_RECORD, given=given, suggestion=suggestion(given, known))
    return known[given]


def find_table(given: str) -> CodeTable:
    """The table of codes of a name.

    Raises:
        NotFoundError: there is none (E4007).
    """
    known = catalogue().tables
    if given not in known:
        raise NotFoundError(UNKNOWN_TABLE, given=given, suggestion=suggestion(given, known))
    return known[given]
