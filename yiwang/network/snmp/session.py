"""The seam between facts and the wire: what is asked of one device at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from yiwang.network.snmp.credential import Credential

Value = int | bytes | str
"""Integers, counters and ticks as int; octets as bytes; object ids and addresses as dotted text."""

Table = dict[str, dict[str, Value]]
"""Column → index (dotted) → value; a column without rows is there and empty."""

MOST_ROWS = 20_000
"""A column with more is taken for endless."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A device to ask: its name for people, where and with what."""

    name: str
    address: str
    port: int
    credential: Credential
    timeout_seconds: float = 2.0
    attempts: int = 3

    @property
    def place(self) -> str:
        """Address and port as people write them."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}"


class Session(Protocol):
    """Questions to one device, one after the other.  Object ids are dotted and begin with a digit.

    Everything may raise SnmpError.
    """

    async def get(self, oids: Sequence[str]) -> dict[str, Value]:
        """The values of these objects; one that the device does not have is left out."""

    async def walk(self, columns: Sequence[str]) -> Table:
        """All rows of these columns."""

    async def set(self, oid: str, value: bytes) -> None:
        """Write an octet string; raises SnmpError (E3306) where the device refuses."""

    def close(self) -> None:
        """Let go of what the session holds."""


class Client(Protocol):
    """Opens sessions; lives as long as the poll, inside one event loop."""

    def session(self, target: Target) -> Session:
        """A session with a device; nothing is sent yet."""

    def close(self) -> None:
        """Let go of everything."""
