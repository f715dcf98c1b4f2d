"""Octets of devices as text and as hardware addresses."""

from __future__ import annotations

from collections.abc import Mapping

from yiwang.network.snmp.session import Value

ENCODINGS = ("utf-8", "gb18030")


def text(value: Value | None) -> str:
    """Text as the device meant it: UTF-8, else GB18030, else one character for each octet; no value is empty."""
    if not isinstance(value, bytes):
        return "" if value is None else str(value)
    # Agents pad with NUL, and some end lines as DOS does.
    octets = value.rstrip(b"\0").strip()
    for encoding in ENCODINGS:
        try:
            return octets.decode(encoding)
        except UnicodeDecodeError:
            continue
    return octets.decode("latin-1")


def hardware_address(value: Value | None) -> str:
    """``00:1b:44:11:3a:b7``; empty when there is none."""
    return value.hex(":") if isinstance(value, bytes) else ""


def number(value: Value | None) -> int | None:
    """An integer, or None."""
    return value if isinstance(value, int) else None


def word(value: Value | None, words: Mapping[int, str]) -> str:
    """An enumeration's word; its number when it has none, empty without a value."""
    return "" if value is None else words.get(value, str(value)) if isinstance(value, int) else ""
