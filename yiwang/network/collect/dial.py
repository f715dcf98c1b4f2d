"""Connecting over SSH: pinned host keys only, jump hosts shared by all devices behind them."""

from __future__ import annotations

import contextlib
import io
import logging
import socket
import threading
from typing import TYPE_CHECKING, Any

from yiwang.network.collect.faults import (
    HOST_KEY,
    NO_CREDENTIAL,
    NO_HOST_KEY,
    REFUSED,
    UNREACHABLE,
    ReachError,
)
from yiwang.network.collect.pace import Pace
from yiwang.network.collect.way import Hop, Way

if TYPE_CHECKING:
    import paramiko

OWN_NAME = "device"
"""Under this name the keys of the one host are given to paramiko, whatever its address."""


class Dialler:
    """Opens connections; those to jump hosts stay open and are shared until :meth:`close`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jumps: dict[Way, _Jump] = {}

    def dial(self, way: Way, pace: Pace) -> paramiko.SSHClient:
        """A connection to the last host of the way, logged in.

        Raises:
            ReachError: a host cannot be reached (E3010), shows another key (E3011) or none is pinned for it
                (E3012), or refuses the account (E3013, E3014).
        """
        *before, last = way
        return connect(last, pace, self._jump(tuple(before)).through(self, pace) if before else None)

    def _jump(self, way: Way) -> _Jump:
        with self._lock:
            return self._jumps.setdefault(way, _Jump(way))

    def close(self) -> None:
        """Close the connections to jump hosts."""
        for jump in self._jumps.values():
            jump.close()


class _Jump:
    """A jump host: connected by whoever needs it first, anew when the connection is lost."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._lock = threading.Lock()
        self._client: paramiko.SSHClient | None = None

    def through(self, dialler: Dialler, pace: Pace) -> Any:
        """What opens a channel through this host."""

        def open_channel(address: tuple[str, int]) -> Any:
            return self._transport(dialler, pace).open_channel(
                "direct-tcpip", address, ("127.0.0.1", 0), timeout=pace.connect
            )

        return open_channel

    def _transport(self, dialler: Dialler, pace: Pace) -> Any:
        with self._lock:
            transport = self._client.get_transport() if self._client else None
            if transport is None or not transport.is_active():
                self._client = dialler.dial(self._way, pace)
                transport = self._client.get_transport()
            return transport

    def close(self) -> None:
        if self._client:
            hang_up(self._client)


def connect(hop: Hop, pace: Pace, through: Any = None) -> paramiko.SSHClient:
    """A connection to one host; ``through`` opens a channel of a jump host.  Errors as :meth:`Dialler.dial`."""
    import paramiko

    if not hop.host_keys:
        raise ReachError(NO_HOST_KEY, name=hop.name)
    if hop.password is None and hop.private_key is None:
        raise ReachError(NO_CREDENTIAL, name=hop.name)
    try:
        return _connected(hop, pace, through)
    except paramiko.BadHostKeyException as error:
        raise ReachError(HOST_KEY, name=hop.name, shown=error.key.fingerprint) from None
    except paramiko.AuthenticationException:
        raise ReachError(REFUSED, name=hop.name, user=hop.user) from None
    except (OSError, EOFError, paramiko.SSHException) as error:
        raise _unreachable(hop, error) from None


def _connected(hop: Hop, pace: Pace, through: Any) -> paramiko.SSHClient:
    account = _account(hop) | _limits(pace)
    with contextlib.ExitStack() as undo:
        client = _client(hop)
        undo.callback(client.close)
        line = through((hop.host, hop.port)) if through else _line(hop, pace)
        undo.callback(line.close)
        client.connect(OWN_NAME, sock=line, **account)
        undo.pop_all()
    return client


def hang_up(client: paramiko.SSHClient) -> None:
    """Close a connection without waiting for the thread that reads from it to notice."""
    transport = client.get_transport()
    if transport is not None:
        # paramiko's thread looks ten times a second whether it is to end; the end of the stream wakes it.
        with contextlib.suppress(OSError, EOFError):
            transport.sock.shutdown(socket.SHUT_RDWR)
    client.close()


def _client(hop: Hop) -> paramiko.SSHClient:
    import paramiko

    # What goes wrong is told as an error; paramiko would write it onto the terminal as well.
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    for line in hop.host_keys:
        entry = paramiko.hostkeys.HostKeyEntry.from_line(f"{OWN_NAME} {line}")
        if entry and entry.key:
            client.get_host_keys().add(OWN_NAME, entry.key.get_name(), entry.key)
    return client


def _line(hop: Hop, pace: Pace) -> socket.socket:
    line = socket.create_connection((hop.host, hop.port), timeout=pace.connect)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def _account(hop: Hop) -> dict[str, Any]:
    given: dict[str, Any] = {"username": hop.user, "look_for_keys": False, "allow_agent": False}
    if hop.private_key is not None:
        given["pkey"] = private_key(hop.private_key.reveal())
    if hop.password is not None:
        given["password"] = hop.password.reveal()
    return given


def _limits(pace: Pace) -> dict[str, Any]:
    # Who took the connection is there, and may be slow: an old switch makes its keys for seconds.
    return dict.fromkeys(("timeout", "banner_timeout", "auth_timeout", "channel_timeout"), pace.silence)


def private_key(text: str) -> paramiko.PKey:
    """A private key from its text, whatever its kind; raises paramiko.SSHException for what is none."""
    import paramiko

    whole = text if text.endswith("\n") else f"{text}\n"
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        with contextlib.suppress(paramiko.SSHException, ValueError, IndexError):
            return kind.from_private_key(io.StringIO(whole))
    raise paramiko.SSHException("the private key in the vault is of no known kind")


def _unreachable(hop: Hop, error: Exception) -> ReachError:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return ReachError(UNREACHABLE, name=hop.name, host=hop.host, port=hop.port, reason=reason)
