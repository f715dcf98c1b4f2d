"""A delay line: a process that holds every frame of a cable for a while, in the order of their coming.

At each end of the cable that sends, nftables catches the frames as they leave the port and gives them to
a tap; this process reads them, waits, and writes them into the tap again, from where they go to the port
and out over the cable.  So the port's counters, its queue and its capture see each frame once, when it
really leaves.  A mark tells frames on their way in from those on their way out.

The nftables tables belong to an ``nft`` that this process keeps open: a ``flush ruleset`` in the host does
not touch them, and they end with this process, as the taps do.  Then the cable works as before.

Called as a file, with the standard library only::

    delay_line.py DELAY JITTER NAMESPACE:PORT:TAP…      (seconds; says "ready" when all is in place)
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import random
import select
import struct
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

CLONE_NEWNET = 0x40000000
# linux/if_tun.h
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
LARGEST_FRAME = 65_600
MOST_BYTES = 32 * 2**20
"""What one direction holds at most: 100 Mbit/s for 2.7 s; what comes beyond is lost, as in a full router."""

FRAMES_AT_ONCE = 64
QUEUE_FRAMES = 5000
PATIENCE_SECONDS = 10
MARK = 0x7969
RULES = """\
add table netdev {table} {{ flags owner; }}
add chain netdev {table} own {{ type filter hook egress device "{tap}" priority 0; }}
add rule netdev {table} own meta mark != {mark} drop comment "what the host itself would say on the tap"
add chain netdev {table} back {{ type filter hook ingress device "{tap}" priority 0; }}
add rule netdev {table} back meta mark set {mark} fwd to "{port}"
add chain netdev {table} out {{ type filter hook egress device "{port}" priority 0; }}
add rule netdev {table} out meta mark != {mark} meta mark set {mark} fwd to "{tap}"
"""


@dataclass
class Direction:
    """The frames that leave at one end: its tap, the keeper of its rules, the frames and when each is due."""

    tap: int
    keeper: subprocess.Popen[str]
    delay: float
    jitter: float
    waiting: deque[tuple[float, bytes]] = field(default_factory=deque)
    held: int = 0
    latest: float = 0.0

    def take(self) -> None:
        """Take in what has come."""
        with contextlib.suppress(BlockingIOError):
            for _ in range(FRAMES_AT_ONCE):
                self._hold(os.read(self.tap, LARGEST_FRAME))

    def _hold(self, frame: bytes) -> None:
        if self.held + len(frame) > MOST_BYTES:
            return
        due = time.monotonic() + self.delay + random.uniform(-self.jitter, self.jitter)  # noqa: S311
        self.latest = max(self.latest, due)
        self.waiting.append((self.latest, frame))
        self.held += len(frame)

    def release(self) -> None:
        """Let go what is due."""
        while self.waiting and self.waiting[0][0] <= time.monotonic():
            _, frame = self.waiting.popleft()
            self.held -= len(frame)
            # The port may be down just now.
            with contextlib.suppress(OSError):
                os.write(self.tap, frame)

    @property
    def due(self) -> float:
        """When the next frame is."""
        return self.waiting[0][0] if self.waiting else float("inf")


def enter(namespace: str) -> None:
    """Go into a network namespace; what is opened from now on belongs there."""
    # os.setns came with Python 3.12.
    library = ctypes.CDLL(None, use_errno=True)
    with Path("/run/netns", namespace).open("rb") as handle:
        if library.setns(handle.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), namespace)


def open_tap(name: str) -> int:
    """Make a tap in this namespace; it is gone when it is closed."""
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return tap


def keep_rules(port: str, tap: str) -> subprocess.Popen[str]:
    """Start an ``nft`` that owns the rules until its input ends, and wait until they are in force."""
    table = f"yiwang-{tap}"
    keeper = subprocess.Popen(["nft", "-i"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, bufsize=1)
    if keeper.stdin is not None:
        keeper.stdin.write(RULES.format(table=table, port=port, tap=tap, mark=MARK))
    until = time.monotonic() + PATIENCE_SECONDS
    while "fwd to" not in _shown(table):
        if keeper.poll() is not None or time.monotonic() > until:
            raise RuntimeError("nft did not take the rules")
        time.sleep(0.02)
    return keeper


def _shown(table: str) -> str:
    command = ["nft", "list", "chain", "netdev", table, "out"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def set_up(tap: str) -> None:
    """Bring a tap up without any address of its own."""
    with contextlib.suppress(OSError):
        Path(f"/proc/sys/net/ipv6/conf/{tap}/disable_ipv6").write_text("1")
    command = ["ip", "link", "set", tap, "arp", "off", "txqueuelen", str(QUEUE_FRAMES), "up"]
    subprocess.run(command, check=True)


def open_direction(end: str, delay: float, jitter: float) -> Direction:
    """Catch what leaves at one end."""
    namespace, port, tap = end.split(":")
    enter(namespace)
    handle = open_tap(tap)
    # The rules first: a tap that is up without them would let the host's own chatter through.
    keeper = keep_rules(port, tap)
    set_up(tap)
    return Direction(handle, keeper, delay, jitter)


def run(directions: list[Direction]) -> None:
    """Hold and release frames until a keeper of rules has ended."""
    taps = {each.tap: each for each in directions}
    keepers = {os.pidfd_open(each.keeper.pid) for each in directions}
    while True:
        due = min(each.due for each in directions)
        timeout = None if due == float("inf") else max(0.0, due - time.monotonic())
        ready, _, _ = select.select([*taps, *keepers], [], [], timeout)
        if keepers.intersection(ready):
            return
        for handle in ready:
            taps[handle].take()
        for each in directions:
            each.release()


def main(arguments: list[str]) -> None:
    """Open every direction, say so, and run."""
    delay, jitter = map(float, arguments[:2])
    directions = [open_direction(end, delay, jitter) for end in arguments[2:]]
    os.write(sys.stdout.fileno(), b"ready\n")
    os.close(sys.stdout.fileno())
    run(directions)


if __name__ == "__main__":
    main(sys.argv[1:])
