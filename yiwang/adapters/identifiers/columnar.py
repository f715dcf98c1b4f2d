"""The same identifiers for whole columns: Polars expressions, with the check digits of a batch computed at once.

Texts that have an identifier's pattern are ASCII; those of one length are laid side by side as a matrix of
bytes, so that a check character costs a table look-up and a product of matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy
import polars

from yiwang.adapters.identifiers import citizen, organisation
from yiwang.adapters.identifiers.identifier import Identifier, no_more

Bytes = numpy.ndarray[Any, numpy.dtype[numpy.uint8]]
Flags = numpy.ndarray[Any, numpy.dtype[numpy.bool_]]
Judge = Callable[[polars.Series], Flags]


def fits(identifier: Identifier) -> Callable[[polars.Expr], polars.Expr]:
    """An expression's expression: True where a text is such an identifier, null where there is none."""
    pattern = f"^(?:{identifier.pattern})$"
    if identifier.check is no_more:
        return lambda column: column.str.contains(pattern)
    judge = JUDGES.get(identifier.name) or _one_by_one(identifier)

    def judged(texts: polars.Series) -> polars.Series:
        has_form = texts.str.contains(pattern)
        verdict = has_form.fill_null(value=False).to_numpy().copy()
        if verdict.any():
            verdict[verdict] = judge(texts.filter(has_form.fill_null(value=False)))
        return polars.Series(texts.name, verdict).set(texts.is_null(), None)

    return lambda column: column.map_batches(judged, return_dtype=polars.Boolean, is_elementwise=True)


def _one_by_one(identifier: Identifier) -> Judge:
    """For kinds that come in few distinct values, or few at all."""

    def judge(texts: polars.Series) -> Flags:
        distinct = texts.unique()
        valid = distinct.filter(polars.Series([identifier.check(text) for text in distinct], dtype=polars.Boolean))
        return texts.is_in(valid.implode()).to_numpy()

    return judge


def _matrix(texts: polars.Series, width: int) -> Bytes:
    """ASCII texts of one length as rows of bytes."""
    return numpy.frombuffer(texts.str.join("").item().encode("ascii"), dtype=numpy.uint8).reshape(-1, width)


def _table(alphabet: str) -> numpy.ndarray[Any, numpy.dtype[numpy.int32]]:
    """What each byte counts: its place in an alphabet."""
    table = numpy.zeros(256, dtype=numpy.int32)
    table[numpy.frombuffer(alphabet.encode("ascii"), dtype=numpy.uint8)] = numpy.arange(len(alphabet))
    return table


def _last_is(alphabet: str, weights: tuple[int, ...], checks: str, modulus: int, rows: Bytes) -> Flags:
    """Whether the last byte of each row is ``checks`` at the remainder of the weighted sum of those before it."""
    values = _table(alphabet)[rows[:, :-1]]
    remainder = (values @ numpy.array(weights, dtype=numpy.int32)) % modulus
    wanted = numpy.frombuffer(checks.encode("ascii"), dtype=numpy.uint8)
    return numpy.asarray(wanted[remainder] == rows[:, -1])


def _citizens(texts: polars.Series) -> Flags:
    is_day = texts.str.slice(6, 8).str.to_date("%Y%m%d", strict=False).is_not_null().to_numpy()
    digits = "0123456789"
    return numpy.asarray(is_day & _last_is(digits, citizen.WEIGHTS, citizen.CHECKS, 11, _matrix(texts, 18)))


_CREDIT_CHECKS = "".join(organisation.ALPHABET[-remainder % 31] for remainder in range(31))
_ORGANISATION_CHECKS = "".join(organisation.ORGANISATION_CHECKS[11 - remainder] for remainder in range(11))
_BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _credits(texts: polars.Series) -> Flags:
    rows = _matrix(texts, 18)
    return _last_is(organisation.ALPHABET, organisation.CREDIT_WEIGHTS, _CREDIT_CHECKS, 31, rows)


def _organisations(texts: polars.Series) -> Flags:
    return _last_is(_BASE_36, organisation.ORGANISATION_WEIGHTS, _ORGANISATION_CHECKS, 11, _matrix(texts, 9))


JUDGES: Mapping[str, Judge] = {
    citizen.CITIZEN.name: _citizens,
    organisation.CREDIT.name: _credits,
    organisation.ORGANISATION.name: _organisations,
}
