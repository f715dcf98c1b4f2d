"""Steps that look values up: tables of the mapping, CSV files beside it, and keyed pseudonyms."""

from __future__ import annotations

import csv
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yiwang.adapters.mapping.step import ArgumentError, Step, by_distinct
from yiwang.core.i18n import N_
from yiwang.core.vault.secret import Secret

if TYPE_CHECKING:
    import polars

PSEUDONYM_DIGITS = 32


def _no_secret(_reference: str) -> Secret:
    raise ArgumentError(N_("a reference that can be opened here: there is no vault"))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What steps may use: the mapping's tables, the folder of its files, and who opens secrets."""

    folder: Path
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    secret: Callable[[str], Secret] = _no_secret


def table(argument: Any, around: Surroundings) -> Step:
    """Replace a code by what it means in a table of the mapping; ``otherwise`` for codes that it has not."""
    told = {"name": argument} if isinstance(argument, str) else argument
    if not isinstance(told, dict) or not told.keys() <= {"name", "otherwise"} or told.get("name") not in around.tables:
        raise ArgumentError(N_("the name of a table of this mapping, or {name, otherwise}"))
    return _looked_up("table", around.tables[told["name"]], told.get("otherwise"))


def lookup(argument: Any, around: Surroundings) -> Step:
    """Replace a value by another column of a CSV file (UTF-8) beside the mapping."""
    keys = {"file", "key", "value"}
    if not isinstance(argument, dict) or not keys <= argument.keys() <= keys | {"otherwise"}:
        raise ArgumentError(N_("a mapping with `file`, `key`, `value`, and perhaps `otherwise`"))
    file = around.folder / argument["file"]
    if around.folder.resolve() not in file.resolve().parents:
        raise ArgumentError(N_("a file in the mapping's own folder"))
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = {row[argument["key"]]: row[argument["value"]] for row in csv.DictReader(stream)}
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
        raise ArgumentError(N_("a CSV file in UTF-8 with the columns that are named")) from error
    return _looked_up("lookup", rows, argument.get("otherwise"))


def _looked_up(name: str, rows: Mapping[str, str], otherwise: str | None) -> Step:
    codes, meanings = [*rows], [*rows.values()]

    def of_column(column: polars.Expr) -> polars.Expr:
        import polars

        found = column.replace_strict(codes, meanings, default=None, return_dtype=polars.String)
        if otherwise is None:
            return found
        return polars.when(column.is_not_null()).then(polars.coalesce(found, polars.lit(otherwise)))

    return Step(name, lambda text: rows.get(text, otherwise), of_column, can_fail=True)


def pseudonym(argument: Any, around: Surroundings) -> Step:
    """Replace a value by 32 hexadecimal digits of its HMAC-SHA256: alike for alike values, and only with this key."""
    if not isinstance(argument, str) or not argument.startswith("vault:"):
        raise ArgumentError(N_("a reference to a key, such as vault:adapters/pseudonyms"))
    key = around.secret(argument)

    def convert(text: str) -> str:
        return hmac.digest(key.reveal().encode(), text.encode(), "sha256").hex()[:PSEUDONYM_DIGITS]

    return Step("pseudonym", convert, by_distinct(convert))


TABLE_STEPS: Mapping[str, Callable[[Any, Surroundings], Step]] = {
    "table": table,
    "lookup": lookup,
    "pseudonym": pseudonym,
}
