"""A socket of gufo-snmp in the event loop: one request at a time, read as soon as a datagram is there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from gufo.snmp import SnmpError as GufoError

Answer = TypeVar("Answer")
PANIC = ("pyo3_runtime", "PanicException")
"""A panic of Rust code; no module exports its class, and it is no Exception."""


class Doubtful(Exception):  # noqa: N818
    """No answer that can be trusted; the reference is to be asked."""


class Wire:
    """Sends with gufo's socket, which the kernel connects: datagrams of others never arrive."""

    def __init__(self, socket: Any, timeout_seconds: float) -> None:
        self.socket = socket
        self._timeout = timeout_seconds
        self._loop = asyncio.get_running_loop()
        self._receive: Callable[[], Any] | None = None
        self._waiting: asyncio.Future[Any] | None = None
        self._is_read = False

    async def exchange(self, send: Callable[[], None], receive: Callable[[], Answer]) -> Answer:
        """Send, wait, receive.

        Raises:
            TimeoutError: nothing came in time, or nothing listens there.
            Doubtful: what came is no answer, or gufo panicked over it.
            StopAsyncIteration: gufo takes a walk to be over.
        """
        self._waiting, self._receive = self._loop.create_future(), receive
        if not self._is_read:
            self._loop.add_reader(self.socket.get_fd(), self._readable)
            self._is_read = True
        alarm = self._loop.call_later(self._timeout, self._late)
        try:
            contained(send)
            outcome = await self._waiting
        finally:
            alarm.cancel()
            self._waiting = self._receive = None
        if isinstance(outcome, BaseException):
            raise outcome
        answer: Answer = outcome
        return answer

    def _readable(self) -> None:
        if self._receive is None or self._waiting is None or self._waiting.done():
            # A late answer to an earlier request: gufo drops it at the next one.
            self._stop_reading()
            return
        try:
            outcome = contained(self._receive)
        except BlockingIOError:
            return
        except (OSError, Doubtful, StopAsyncIteration) as problem:
            outcome = problem
        self._waiting.set_result(outcome)

    def _late(self) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(TimeoutError())

    def _stop_reading(self) -> None:
        if self._is_read:
            self._loop.remove_reader(self.socket.get_fd())
            self._is_read = False

    def close(self) -> None:
        """Stop reading; the socket is closed when nothing refers to it any more."""
        self._stop_reading()


def contained(call: Callable[[], Answer]) -> Answer:
    """Call gufo; a panic, and every error of its own, becomes Doubtful.

    Raises:
        TimeoutError: nothing listens at the address (ICMP told so).
        Doubtful: as above.
    """
    try:
        return call()
    except GufoError as problem:
        raise Doubtful(str(problem)) from problem
    except BlockingIOError:
        raise
    except OSError as problem:
        raise TimeoutError from problem
    except BaseException as problem:
        if (type(problem).__module__, type(problem).__name__) != PANIC:
            raise
        raise Doubtful("panic") from None
