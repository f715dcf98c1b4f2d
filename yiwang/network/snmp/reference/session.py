"""Questions to one device with pysnmp."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from pysnmp.proto.api import v2c
from pysnmp.proto.rfc1902 import OctetString

from yiwang.network.snmp import faults
from yiwang.network.snmp.credential import Credential, User
from yiwang.network.snmp.faults import SnmpError
from yiwang.network.snmp.reference.engine import Engine
from yiwang.network.snmp.reference.judging import TOO_BIG, is_believable, is_final, refused, unanswered
from yiwang.network.snmp.reference.values import dotted, object_name, plain
from yiwang.network.snmp.session import MOST_ROWS, Table, Target, Value

BULK_BINDS = 60
"""Values in one answer: at some 20 octets each they fit one Ethernet frame, and no firewall drops a fragment."""
AT_ONCE = 64
"""Requests in flight on one socket: pysnmp reads slowly, and more answers would overflow its buffer or be late."""

Bind = tuple[str, Value | None]


class ReferenceClient:
    """Opens sessions of pysnmp; one engine for all communities, one for each user of version 3."""

    def __init__(self) -> None:
        self._engines: dict[Credential | None, Engine] = {}
        self._turn = asyncio.Semaphore(AT_ONCE)

    def session(self, target: Target) -> ReferenceSession:
        """A session with a device."""
        return ReferenceSession(self._engine(target.credential), target, self._turn)

    def _engine(self, credential: Credential) -> Engine:
        key = credential if isinstance(credential, User) else None
        if key not in self._engines:
            self._engines[key] = Engine()
        return self._engines[key]

    def close(self) -> None:
        """Close every engine."""
        for engine in self._engines.values():
            engine.close()


class ReferenceSession:
    """Questions to one device; ``target.attempts`` tries for each.

    ``spent`` are tries at the next question that somebody else has made already.
    """

    def __init__(self, engine: Engine, target: Target, turn: asyncio.Semaphore) -> None:
        self._engine = engine
        self._target = target
        self._turn = turn
        self.spent = 0
        self._binds = BULK_BINDS
        self._is_only_met = False

    async def get(self, oids: Sequence[str]) -> dict[str, Value]:
        """The values of these objects; errors as of the seam."""
        status, binds = await self._ask(lambda: _pdu(v2c.GetRequestPDU(), oids))
        if status:
            raise refused(self._target, status, oids[0])
        wanted = set(oids)
        return {oid: value for oid, value in binds if value is not None and oid in wanted}

    async def walk(self, columns: Sequence[str]) -> Table:
        """All rows of these columns; errors as of the seam."""
        table: Table = {column: {} for column in columns}
        last = {column: column for column in columns}
        while last:
            status, binds = await self._ask(lambda: _bulk(list(last.values()), self._binds))
            if status == TOO_BIG and self._binds > 1:
                self._binds //= 2
            elif status:
                raise refused(self._target, status, next(iter(last)))
            elif not binds:
                raise SnmpError(faults.MALFORMED, device=self._target.name, address=self._target.place)
            else:
                self._keep(binds, table, last)
        return table

    def _keep(self, binds: Sequence[Bind], table: Table, last: dict[str, str]) -> None:
        asked = list(last)
        for number, (oid, value) in enumerate(binds):
            column = asked[number % len(asked)]
            if column not in last:
                continue
            if value is None or not oid.startswith(f"{column}."):
                del last[column]
                continue
            index = oid[len(column) + 1 :]
            if index in table[column] or len(table[column]) >= MOST_ROWS:
                raise SnmpError(faults.ENDLESS, device=self._target.name, object=column)
            table[column][index] = value
            last[column] = oid

    async def set(self, oid: str, value: bytes) -> None:
        """Write an octet string; errors as of the seam."""
        status, _binds = await self._ask(lambda: _setting(oid, value))
        if status:
            raise refused(self._target, status, oid)

    def close(self) -> None:
        """Nothing is held."""

    async def _ask(self, make: Callable[[], Any]) -> tuple[int, list[Bind]]:
        attempts, self.spent = max(1, self._target.attempts - self.spent), 0
        for _attempt in range(attempts):
            async with self._turn:
                outcome = await self._engine.ask(self._target, make())
            if is_believable(self._target, outcome):
                self._is_only_met = False
                return _content(outcome.answer)
            self._is_only_met |= outcome.is_met
            if is_final(outcome):
                break
        raise unanswered(self._target, outcome, is_only_met=self._is_only_met)


def _pdu(pdu: Any, oids: Sequence[str]) -> Any:
    v2c.apiPDU.set_defaults(pdu)
    v2c.apiPDU.set_varbinds(pdu, [(object_name(oid), v2c.null) for oid in oids])
    return pdu


def _bulk(oids: Sequence[str], binds: int) -> Any:
    pdu = v2c.GetBulkRequestPDU()
    v2c.apiBulkPDU.set_defaults(pdu)
    v2c.apiBulkPDU.set_non_repeaters(pdu, 0)
    v2c.apiBulkPDU.set_max_repetitions(pdu, max(1, binds // len(oids)))
    v2c.apiBulkPDU.set_varbinds(pdu, [(object_name(oid), v2c.null) for oid in oids])
    return pdu


def _setting(oid: str, value: bytes) -> Any:
    pdu = v2c.SetRequestPDU()
    v2c.apiPDU.set_defaults(pdu)
    v2c.apiPDU.set_varbinds(pdu, [(object_name(oid), OctetString(value))])
    return pdu


def _content(answer: Any) -> tuple[int, list[Bind]]:
    binds = [(dotted(name.asTuple()), plain(value)) for name, value in v2c.apiPDU.get_varbinds(answer)]
    return int(v2c.apiPDU.get_error_status(answer)), binds
