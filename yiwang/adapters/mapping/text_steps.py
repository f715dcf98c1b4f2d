"""Steps that change a text by its characters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from yiwang.adapters.identifiers.citizen import widened
from yiwang.adapters.mapping.step import ArgumentError, Step, by_distinct
from yiwang.core.i18n import N_

if TYPE_CHECKING:
    import polars

BLANKS = " \t\r\n\u00a0\u3000"
LOWER, UPPER = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
HALF = "".join(map(chr, range(0x20, 0x7F)))
FULL = "\u3000" + "".join(chr(ord(each) + 0xFEE0) for each in HALF[1:])


def _present(text: str) -> str | None:
    return text or None


def _column_present(column: polars.Expr) -> polars.Expr:
    import polars

    return polars.when(column != "").then(column)


def trim(argument: Any) -> Step:
    """Take blanks away from both ends, full-width ones as well; nothing left is no value."""
    _without(argument)
    return Step(
        "trim",
        lambda text: _present(text.strip(BLANKS)),
        lambda column: _column_present(column.str.strip_chars(BLANKS)),
    )


def _translated(name: str, before: str, after: str) -> Callable[[Any], Step]:
    table = str.maketrans(before, after)

    def build(argument: Any) -> Step:
        _without(argument)
        return Step(
            name, lambda text: text.translate(table), lambda column: column.str.replace_many([*before], [*after])
        )

    return build


upper = _translated("upper", LOWER, UPPER)
half_width = _translated("half-width", FULL, HALF)


def replace(argument: Any) -> Step:
    """Replace texts by texts, one after the other, wherever they stand."""
    pairs = tuple(_mapping(argument).items())
    if not all(old for old, _new in pairs):
        raise ArgumentError(N_("a mapping of texts to texts"))

    def of_row(text: str) -> str | None:
        for old, new in pairs:
            text = text.replace(old, new or "")
        return _present(text)

    def of_column(column: polars.Expr) -> polars.Expr:
        for old, new in pairs:
            column = column.str.replace_all(old, new or "", literal=True)
        return _column_present(column)

    return Step("replace", of_row, of_column)


def part(argument: Any) -> Step:
    """Take so many characters from the given one on, counted from 1."""
    first, length = _number(argument, "first"), _number(argument, "length")
    begin = first - 1
    return Step(
        "part",
        lambda text: _present(text[begin : begin + length]),
        lambda column: _column_present(column.str.slice(begin, length)),
    )


def split(argument: Any) -> Step:
    """Take the part of a number, counted from 1, between separators."""
    by, take = _mapping(argument).get("by"), _number(argument, "take")
    if not isinstance(by, str) or not by:
        raise ArgumentError(N_("a mapping with `by`, the separator"))

    def of_row(text: str) -> str | None:
        parts = text.split(by)
        return _present(parts[take - 1]) if take <= len(parts) else None

    def of_column(column: polars.Expr) -> polars.Expr:
        return _column_present(column.str.split(by).list.get(take - 1, null_on_oob=True))

    return Step("split", of_row, of_column, can_fail=True)


def pad(argument: Any) -> Step:
    """Fill up with zeros on the left to a length."""
    if not isinstance(argument, str) or not argument.isascii() or not argument.isdigit() or not 0 < int(argument) <= 99:
        raise ArgumentError(N_("a length from 1 to 99"))
    length = int(argument)
    return Step("pad", lambda text: text.rjust(length, "0"), lambda column: column.str.pad_start(length, "0"))


def prefix(argument: Any) -> Step:
    """Put a text before."""
    text = _text(argument)

    def of_column(column: polars.Expr) -> polars.Expr:
        import polars

        return polars.concat_str(polars.lit(text), column)

    return Step("prefix", lambda given: text + given, of_column)


def fen(argument: Any) -> Step:
    """Write whole fen as yuan with two digits after the point."""
    _without(argument)

    def of_row(text: str) -> str | None:
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()):
            return None
        filled = digits.rjust(3, "0")
        return f"{text[: len(text) - len(digits)]}{filled[:-2]}.{filled[-2:]}"

    def of_column(column: polars.Expr) -> polars.Expr:
        import polars

        sign = polars.when(column.str.starts_with("-")).then(polars.lit("-")).otherwise(polars.lit(""))
        filled = column.str.strip_prefix("-").str.pad_start(3, "0")
        yuan = polars.concat_str(sign, filled.str.head(-2), polars.lit("."), filled.str.tail(2))
        return polars.when(column.str.contains("^-?[0-9]+$")).then(yuan)

    return Step("fen", of_row, of_column, can_fail=True)


def widen(argument: Any) -> Step:
    """Make citizens' numbers of 15 digits ones of 18."""
    _without(argument)
    return Step("widen", widened, by_distinct(widened))


def _without(argument: Any) -> None:
    if argument is not None:
        raise ArgumentError(N_("no argument"))


def _text(argument: Any) -> str:
    if not isinstance(argument, str) or not argument:
        raise ArgumentError(N_("a text"))
    return argument


def _mapping(argument: Any) -> Mapping[str, Any]:
    if not isinstance(argument, dict) or not all(
        value is None or isinstance(value, str) for value in argument.values()
    ):
        raise ArgumentError(N_("a mapping of texts to texts"))
    return argument


def _number(argument: Any, key: str) -> int:
    given = _mapping(argument).get(key)
    if not given or not given.isascii() or not given.isdigit() or not 0 < int(given) <= 9999:
        raise ArgumentError(N_("a mapping with numbers from 1: {first, length}, or {by, take}"))
    return int(given)


TEXT_STEPS: Mapping[str, Callable[[Any], Step]] = {
    "trim": trim,
    "upper": upper,
    "half-width": half_width,
    "replace": replace,
    "part": part,
    "split": split,
    "pad": pad,
    "prefix": prefix,
    "fen": fen,
    "widen": widen,
}
