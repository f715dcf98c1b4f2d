"""Steps that read days and moments as departments write them.

A format is made of ``YYYY``, ``MM`` or ``M``, ``DD`` or ``D``, ``hh`` or ``h``, ``mm`` or ``m``, ``ss`` or ``s``
and what stands between them; a single letter is one digit or two.  Besides there are ``any`` (the usual Chinese
forms), ``excel`` (days since 1899-12-30), ``epoch`` and ``epoch-ms`` (seconds and milliseconds since 1970 in UTC, told
in Beijing time).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from yiwang.adapters.mapping.step import ArgumentError, Step, by_distinct
from yiwang.core.i18n import N_

if TYPE_CHECKING:
    import polars

TOKEN = re.compile("YYYY|MM?|DD?|hh?|mm?|ss?")
ORDER = "YMDhms"
FORMS = {
    "YYYY": "[1-9][0-9]{3}",
    "MM": "0[1-9]|1[0-2]",
    "DD": "0[1-9]|[12][0-9]|3[01]",
    "hh": "[01][0-9]|2[0-3]",
    "mm": "[0-5][0-9]",
    "ss": "[0-5][0-9]",
    "M": "0?[1-9]|1[0-2]",
    "D": "0?[1-9]|[12][0-9]|3[01]",
    "h": "[01]?[0-9]|2[0-3]",
    "m": "[0-5]?[0-9]",
    "s": "[0-5]?[0-9]",
}
DAYS = ("YYYY-M-D", "YYYYMMDD", "YYYY/M/D", "YYYY年M月D日", "YYYY.M.D")
TIMES = (" h:m:s", "Th:m:s", " h:m")
CHINESE = ("h时m分s秒", "h时m分", " h时m分s秒", " h时m分")
ANY = (
    *DAYS,
    "YYYYMMDDhhmmss",
    *(f"{day}{time}" for day in DAYS if day != "YYYYMMDD" for time in TIMES),
    *(f"YYYY年M月D日{time}" for time in CHINESE),
)
# What a number counts: its expression, the beginning, the unit.
BEGINNINGS = {
    "excel": ("[1-9][0-9]{0,5}", datetime(1899, 12, 30), timedelta(days=1)),  # noqa: DTZ001 - Beijing civil time
    "epoch": ("[0-9]{1,10}", datetime(1970, 1, 1, 8), timedelta(seconds=1)),  # noqa: DTZ001
    "epoch-ms": ("[0-9]{11,13}", datetime(1970, 1, 1, 8), timedelta(milliseconds=1)),  # noqa: DTZ001
}


@dataclass(frozen=True, slots=True)
class Format:
    """A format of days or moments: text in it becomes a canonical moment, ``2017-04-30T09:00:00``."""

    pattern: str
    letters: tuple[str, ...]
    offsets: tuple[int, ...] = ()
    """Where each part begins in a format whose parts all have their full width."""

    def of_row(self) -> Callable[[str], str | None]:
        """The closure; None where the text is not in the format or there is no such day."""
        match = re.compile(self.pattern).fullmatch
        places = tuple(self.letters.index(letter) + 1 if letter in self.letters else 0 for letter in ORDER)

        def convert(text: str) -> str | None:
            found = match(text)
            if found is None:
                return None
            year, month, day, hour, minute, second = (found[place].zfill(2) if place else "00" for place in places)
            return _existing(f"{year}-{month}-{day}T{hour}:{minute}:{second}")

        return convert

    def of_column(self, column: polars.Expr) -> polars.Expr:
        """The expression; null where the text is not in the format or there is no such day."""
        import polars

        parts = [self._part(column, letter) if letter in self.letters else polars.lit("00") for letter in ORDER]
        year, month, day, hour, minute, second = parts
        dash, colon = polars.lit("-"), polars.lit(":")
        text = polars.concat_str(
            year, dash, month, dash, day, polars.lit("T"), hour, colon, minute, colon, second, ignore_nulls=False
        )
        is_day = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).is_not_null()
        return polars.when(column.str.contains(f"^{self.pattern}$") & is_day).then(text)

    def _part(self, column: polars.Expr, letter: str) -> polars.Expr:
        """A part with its full width: cut out where that is possible, which is much cheaper than groups."""
        place = self.letters.index(letter)
        if self.offsets:
            return column.str.slice(self.offsets[place], 4 if letter == "Y" else 2)
        return column.str.extract_groups(f"^{self.pattern}$").struct.field(letter).str.pad_start(2, "0")


def read_format(text: str) -> Format:
    """A format from its text.

    Raises:
        ArgumentError: it names no day, names a part twice, or a part of one digit or two has no end.
    """
    letters, pattern, before = [], "", ""
    pieces = [*_pieces(text)]
    is_fixed = not any(piece in FORMS and len(piece) == 1 for piece in pieces)
    starts = tuple(sum(map(len, pieces[:place])) for place, piece in enumerate(pieces) if piece in FORMS)
    for piece in pieces:
        if piece in FORMS:
            if before in FORMS and len(before) == 1:
                raise ArgumentError(N_("a format in which something stands after M, D, h, m or s"))
            letters.append(piece[0])
            pattern += f"(?P<{piece[0]}>{FORMS[piece]})"
        else:
            pattern += "".join(f"[{each}]" if each in ".+*?|()[]{}$" else each for each in piece)
        before = piece
    if len({*letters}) != len(letters) or not {"Y", "M", "D"} <= {*letters} or re.search(r"[\\^]", text):
        raise ArgumentError(N_("a format with YYYY, M or MM, and D or DD, each once"))
    return Format(pattern, tuple(letters), starts if is_fixed else ())


def _pieces(text: str) -> Iterator[str]:
    end = 0
    for found in TOKEN.finditer(text):
        if found.start() > end:
            yield text[end : found.start()]
        yield found[0]
        end = found.end()
    if end < len(text):
        yield text[end:]


def _existing(moment: str) -> str | None:
    try:
        date.fromisoformat(moment[:10])
    except ValueError:
        return None
    return moment


def _counted(name: str) -> tuple[Callable[[str], str | None], Callable[[polars.Expr], polars.Expr]]:
    pattern, beginning, unit = BEGINNINGS[name]
    match = re.compile(pattern).fullmatch

    def of_row(text: str) -> str | None:
        return (beginning + int(text) * unit).isoformat(timespec="seconds") if match(text) else None

    def of_column(column: polars.Expr) -> polars.Expr:
        import polars

        number = polars.when(column.str.contains(f"^(?:{pattern})$")).then(column).cast(polars.Int64)
        moment = polars.lit(beginning) + (number * (unit // timedelta(microseconds=1))).cast(polars.Duration("us"))
        return moment.dt.to_string("%Y-%m-%dT%H:%M:%S")

    return of_row, of_column


def moment(argument: Any) -> Step:
    """Read a moment in the first of several formats that fits."""
    ways = [_way(name) for name in _names(argument)]

    def of_row(text: str) -> str | None:
        return next((found for convert, _column in ways if (found := convert(text)) is not None), None)

    def of_column(column: polars.Expr) -> polars.Expr:
        import polars

        return polars.coalesce(convert(column) for _row, convert in ways)

    return Step("moment", of_row, of_column, can_fail=True)


def day(argument: Any) -> Step:
    """Read a day in the first of several formats that fits; a time in it is left out."""
    whole = moment(argument)

    def of_row(text: str) -> str | None:
        found = whole.of_row(text)
        return found and found[:10]

    return Step("date", of_row, lambda column: whole.of_column(column).str.slice(0, 10), can_fail=True)


def _names(argument: Any) -> Iterator[str]:
    given = [argument] if isinstance(argument, str) else argument
    if not given or not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise ArgumentError(N_("a format, or a list of formats"))
    for each in given:
        yield from ANY if each == "any" else (each,)


def _way(name: str) -> tuple[Callable[[str], str | None], Callable[[polars.Expr], polars.Expr]]:
    if name in BEGINNINGS:
        return _counted(name)
    read = read_format(name)
    return read.of_row(), read.of_column


NUMERALS = {each: str(value) for value, each in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0", "Ｏ": "0"}
_TENS = re.compile("([一二三四五六七八九])?十([一二三四五六七八九])?")


def arabic(text: str) -> str:
    """Chinese numerals as digits: 二〇一七年四月三十日 becomes 2017年4月30日."""

    def ten(found: re.Match[str]) -> str:
        return NUMERALS.get(found[1], "1") + NUMERALS.get(found[2], "0")

    return "".join(NUMERALS.get(each, each) for each in _TENS.sub(ten, text))


def numerals(argument: Any) -> Step:
    """Write Chinese numerals as digits."""
    if argument is not None:
        raise ArgumentError(N_("no argument"))
    return Step("numerals", arabic, by_distinct(arabic))


TIME_STEPS: Mapping[str, Callable[[Any], Step]] = {"moment": moment, "date": day, "numerals": numerals}
