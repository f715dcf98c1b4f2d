"""Identifiers with check digits."""

from __future__ import annotations

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUES = {letter: value for value, letter in enumerate(_USCC_ALPHABET)}
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def is_uscc(text: str) -> bool:
    """Whether ``text`` is a unified social credit code (统一社会信用代码, GB 32100-2015).

    18 characters of an alphabet of 31 (no I, O, S, V, Z): registrar 1, category 1, division 6,
    organisation code 9 with its own check character (GB 11714), check character 1.
    """
    if len(text) != 18 or any(letter not in _USCC_VALUES for letter in text) or not text[2:8].isdigit():
        return False
    return text[16] == organisation_check(text[8:16]) and text[17] == uscc_check(text[:17])


def uscc_check(first: str) -> str:
    """The 18th character for the first 17: weights are powers of 3 modulo 31."""
    total = sum(_USCC_VALUES[letter] * pow(3, index, 31) for index, letter in enumerate(first))
    return _USCC_ALPHABET[-total % 31]


def organisation_check(first: str) -> str:
    """The 9th character of an organisation code (GB 11714-1997) for its first 8; letters count from A = 10."""
    total = sum(int(letter, 36) * weight for letter, weight in zip(first, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]
