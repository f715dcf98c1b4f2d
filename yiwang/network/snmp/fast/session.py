"""Questions to one device with gufo-snmp; the last attempt, and every doubt, is the reference's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from gufo.snmp import User
from gufo.snmp._fast import GetIter, SnmpV2cClientSocket, SnmpV3ClientSocket

from yiwang.network.snmp import credential
from yiwang.network.snmp.credential import Credential
from yiwang.network.snmp.fast.account import account
from yiwang.network.snmp.fast.wire import Doubtful, Wire, contained
from yiwang.network.snmp.reference.session import ReferenceClient, ReferenceSession
from yiwang.network.snmp.session import MOST_ROWS, Table, Target, Value

REPETITIONS = 25
"""Rows in one answer: they fit one Ethernet frame, and no firewall drops a fragment."""
DEFAULTS = (0, 0, 0, 0)
"""gufo's type of service, send and receive buffer, and a timeout that does not block."""

Answer = TypeVar("Answer")
Rows = dict[str, Value]


class FastClient:
    """Opens sessions of gufo, each with one of the reference behind it."""

    def __init__(self) -> None:
        self._reference = ReferenceClient()
        self._accounts: dict[Credential, User] = {}
        self._engines: dict[tuple[str, Credential], bytes] = {}

    def session(self, target: Target) -> FastSession:
        """A session with a device."""
        return FastSession(self, target)

    def reference(self, target: Target) -> ReferenceSession:
        """A session of the reference with the same device."""
        return self._reference.session(target)

    async def wire(self, target: Target) -> Wire:
        """A new socket, ready to ask; a device's engine id is asked for once.

        Raises:
            TimeoutError: the device does not answer.
            Doubtful: it does not answer as it should.
        """
        if isinstance(target.credential, credential.Community):
            community = target.credential.secret.reveal()
            socket = contained(lambda: SnmpV2cClientSocket(target.place, community, *DEFAULTS))
            return Wire(socket, target.timeout_seconds)
        return await self._met(target, target.credential)

    async def _met(self, target: Target, user: credential.User) -> Wire:
        known = (target.place, user)
        engine = self._engines.pop(known, b"")
        mine = self._account(user)
        # Without a known engine the first question is nobody's; it only tells the engine's id.
        asking = mine if engine else User.default()
        socket = contained(lambda: SnmpV3ClientSocket(target.place, engine, *_keys(asking), *DEFAULTS))
        wire = Wire(socket, target.timeout_seconds)
        try:
            await wire.exchange(socket.send_refresh, socket.recv_refresh)
            if not engine:
                contained(lambda: socket.set_keys(*_keys(mine)))
                await wire.exchange(socket.send_refresh, socket.recv_refresh)
        except BaseException:
            wire.close()
            raise
        self._engines[known] = engine or socket.get_engine_id()
        return wire

    def _account(self, user: credential.User) -> User:
        if user not in self._accounts:
            self._accounts[user] = account(user)
        return self._accounts[user]

    def close(self) -> None:
        """Close the reference; sessions close their own sockets."""
        self._reference.close()


def _keys(user: User) -> tuple[str, int, bytes, int, bytes]:
    return user.name, user.get_auth_alg(), user.get_auth_key(), user.get_priv_alg(), user.get_priv_key()


class FastSession:
    """Questions to one device.  After a failure the reference is asked everything else as well."""

    def __init__(self, client: FastClient, target: Target) -> None:
        self._client = client
        self._target = target
        self._reference = client.reference(target)
        self._wire: Wire | None = None
        self._has_failed = False

    async def get(self, oids: Sequence[str]) -> dict[str, Value]:
        """The values of these objects; errors as of the seam."""
        wanted = list(oids)
        found = await self._tried(lambda wire: _get(wire, wanted))
        return found or await self._reference.get(wanted)

    async def walk(self, columns: Sequence[str]) -> Table:
        """All rows of these columns; errors as of the seam."""
        told = {column: await self._tried(partial(_walk, column)) for column in columns}
        table: Table = {column: rows for column, rows in told.items() if rows is not None}
        if doubtful := [column for column in columns if column not in table]:
            table |= await self._reference.walk(doubtful)
        return {column: table[column] for column in columns}

    async def set(self, oid: str, value: bytes) -> None:
        """Write an octet string, which gufo cannot; errors as of the seam."""
        await self._reference.set(oid, value)

    def close(self) -> None:
        """Close the socket."""
        if self._wire:
            self._wire.close()
        self._wire = None

    async def _tried(self, ask: Callable[[Wire], Awaitable[Answer | None]]) -> Answer | None:
        if self._has_failed:
            return None
        for _attempt in range(max(1, self._target.attempts - 1)):
            try:
                if self._wire is None:
                    self._wire = await self._client.wire(self._target)
                answer = await ask(self._wire)
            except TimeoutError:
                # The next attempt is from a new port, where no late answer to this one can come.
                self.close()
                self._reference.spent += 1
            except Doubtful:
                self._reference.spent = 0
                break
            else:
                self._reference.spent = 0
                return answer
        self.close()
        self._has_failed = True
        return None


async def _get(wire: Wire, oids: list[str]) -> dict[str, Value]:
    """What is found; nothing at all is also what gufo makes of an error status."""
    socket = wire.socket
    found = await wire.exchange(lambda: socket.send_get_many(oids), socket.recv_get_many)
    wanted = set(oids)
    return {oid: value for oid, value in found.items() if oid in wanted}


async def _walk(column: str, wire: Wire) -> Rows | None:
    """The rows; None when it is not certain that these are all."""
    rows: Rows = {}
    at = contained(lambda: GetIter(column, REPETITIONS))
    socket, start, is_over = wire.socket, len(column) + 1, False
    while not is_over:
        try:
            batch = await wire.exchange(lambda: socket.send_get_bulk(at), lambda: socket.recv_get_bulk(at))
        except StopAsyncIteration:
            # The end of everything, or an error status: gufo does not tell them apart.
            return None
        # None marks the first object behind the column.
        is_over = bool(batch) and batch[-1] is None
        told = batch[:-1] if is_over else batch
        before = len(rows)
        rows.update((oid[start:], value) for oid, value in told)
        if len(rows) - before < len(told) or not batch or len(rows) > MOST_ROWS:
            raise Doubtful("repeats itself")
    return rows
