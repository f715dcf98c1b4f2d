"""The program behind net-snmp's ``pass_persist``: answers for the interface tables.

Protocol (snmpd.conf(5)): ``PING`` is answered with ``PONG``; ``get`` and ``getnext`` are followed by an
OID and answered with an OID, a type and a value, or ``NONE``; ``set`` with ``not-writable``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TextIO

from yiwang.lab.personality.engine.device import DEVICE_FILE, Device, load
from yiwang.lab.personality.engine.mib import Mib, Oid, dotted_oid, mib, oid_of
from yiwang.lab.personality.engine.platform import PLATFORM_FILE, Platform
from yiwang.lab.personality.engine.platform import load as load_platform
from yiwang.lab.personality.engine.store import Store

FRESH_SECONDS = 2.0


class Agent:
    """Answers from the device as it was at most two seconds ago, so that a walk reads it only once."""

    def __init__(self, device: Device, platform: Platform) -> None:
        self._device = device
        self._platform = platform
        self._store = Store(device, platform)
        self._mib = Mib(())
        self._until = 0.0

    def answer(self, request: str, oid: Oid) -> str:
        """The lines that answer one request."""
        found = self._now.get(oid) if request == "get" else self._now.after(oid)
        return f"{dotted_oid(found.oid)}\n{found.kind}\n{found.text}\n" if found else "NONE\n"

    @property
    def _now(self) -> Mib:
        if time.monotonic() > self._until:
            self._mib = mib(self._device, self._platform, self._store.running)
            self._until = time.monotonic() + FRESH_SECONDS
        return self._mib

    def serve(self, source: TextIO, target: TextIO) -> None:
        """Answer until snmpd goes away."""
        while request := source.readline().strip().lower():
            if request == "ping":
                target.write("PONG\n")
            elif request == "set":
                source.readline(), source.readline()
                target.write("not-writable\n")
            else:
                target.write(self.answer(request, oid_of(source.readline())))
            target.flush()


def main() -> int:
    """Serve snmpd on standard input and output; arguments: the device's and the platform's file."""
    files = sys.argv[1:] or [DEVICE_FILE, PLATFORM_FILE]
    Agent(load(files[0]), load_platform(Path(files[1]))).serve(sys.stdin, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
