"""IPv4 field types that are read fast.

The values are the standard library's; only the way from text is shorter.  Reading a province's
40,000 addresses through ``ipaddress`` alone would take a third of all loading.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Annotated, Any

from pydantic import BeforeValidator


def _integer(text: str) -> int:
    # inet_pton is as strict as ipaddress: four decimal numbers, none with a leading zero.
    return int.from_bytes(socket.inet_pton(socket.AF_INET, text))


def _read_address(text: str) -> IPv4Address:
    return IPv4Address(_integer(text))


def _read_with_prefix(kind: Callable[[tuple[int, int]], Any], text: str) -> Any:
    address, slash, prefix = text.partition("/")
    if not slash or len(prefix) > 2 or not (prefix.isascii() and prefix.isdigit()):
        raise ValueError
    return kind((_integer(address), int(prefix)))


def _fast(read: Callable[[str], Any]) -> BeforeValidator:
    def shorter(value: Any) -> Any:
        try:
            return read(value) if isinstance(value, str) else value
        except (OSError, ValueError):
            # The usual way decides, and words the complaint.
            return value

    return BeforeValidator(shorter)


IpAddress = Annotated[IPv4Address, _fast(_read_address)]
"""An address such as 10.1.0.10."""

IpInterface = Annotated[IPv4Interface, _fast(lambda text: _read_with_prefix(IPv4Interface, text))]
"""An address with its prefix, such as 10.1.0.10/24."""

IpNetwork = Annotated[IPv4Network, _fast(lambda text: _read_with_prefix(IPv4Network, text))]
"""A network without host bits, such as 10.1.0.0/16."""
