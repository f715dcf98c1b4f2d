"""A UDP socket of pysnmp that remembers who sent what."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any

from pysnmp.carrier.asyncio.dgram.udp import DOMAIN_NAME, UdpAsyncioTransport, UdpTransportAddress
from pysnmp.carrier.asyncio.dgram.udp6 import DOMAIN_NAME as DOMAIN_NAME_6
from pysnmp.carrier.asyncio.dgram.udp6 import Udp6AsyncioTransport, Udp6TransportAddress

Address = tuple[str, int]


class _Remembering:
    """``source`` is the sender of the datagram being handled; ``heard`` counts those of whom we wait for."""

    source: Address
    heard: dict[Address, int]

    def datagram_received(self, datagram: bytes, transportAddress: Any) -> None:  # noqa: N803
        self.source = transportAddress[:2]
        if self.source in self.heard:
            self.heard[self.source] += 1
        # pyasn1 raises many kinds on garbage; the request stays open and is judged when its time is over.
        with suppress(Exception):
            # At once, where pysnmp would put it off: `source` holds for this datagram alone.
            self._callback_function(self, transportAddress, datagram)  # type: ignore[attr-defined]


class Udp4(_Remembering, UdpAsyncioTransport):  # type: ignore[misc]
    """IPv4."""

    def __init__(self) -> None:
        super().__init__()
        self.source, self.heard = ("", 0), {}


class Udp6(_Remembering, Udp6AsyncioTransport):  # type: ignore[misc]
    """IPv6."""

    def __init__(self) -> None:
        super().__init__()
        self.source, self.heard = ("", 0), {}


Wire = Udp4 | Udp6


def family(address: str) -> tuple[tuple[int, ...], type[Udp4] | type[Udp6]]:
    """pysnmp's name of the address family, and the class of its socket."""
    return (DOMAIN_NAME_6, Udp6) if ":" in address else (DOMAIN_NAME, Udp4)


def place(address: str, port: int) -> Any:
    """Where to send, as pysnmp has it; the IPv6 form is the one that datagrams come with."""
    if ":" in address:
        packed = socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, address))
        return Udp6TransportAddress((packed, port, 0, 0))
    return UdpTransportAddress((address, port))
