"""pysnmp's values as plain ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from pyasn1.type import univ
from pysnmp.proto.rfc1902 import IpAddress, ObjectName

from yiwang.network.snmp.session import Value


@lru_cache(maxsize=4096)
def object_name(oid: str) -> Any:
    """A dotted object id as pysnmp's type."""
    return ObjectName(tuple(map(int, oid.split("."))))


def dotted(numbers: Sequence[int]) -> str:
    """Numbers as ``1.3.6``."""
    return ".".join(map(str, numbers))


def plain(value: Any) -> Value | None:
    """The value; None for "no such object", "no such instance", "end of view" and an unset value."""
    if isinstance(value, univ.Null):
        # In pyasn1 a Null is an octet string.
        return None
    if isinstance(value, univ.Integer):
        return int(value)
    if isinstance(value, IpAddress):
        return dotted(value.asNumbers())
    if isinstance(value, univ.OctetString):
        return bytes(value)
    if isinstance(value, univ.ObjectIdentifier):
        return dotted(value.asTuple())
    return None
