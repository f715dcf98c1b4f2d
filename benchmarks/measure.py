"""Measuring whole processes and showing figures beside their peers."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Measured:
    """One process: CPU seconds (user + system), wall seconds, peak memory in MiB."""

    cpu: float
    wall: float
    memory: float


def process(command: Sequence[str], *, runs: int = 3, environment: dict[str, str] | None = None) -> Measured:
    """The median of several runs; the process must succeed."""
    measured = [_once(command, environment or {}) for _run in range(runs)]
    return Measured(*(statistics.median(getattr(one, key) for one in measured) for key in ("cpu", "wall", "memory")))


def _once(command: Sequence[str], environment: dict[str, str]) -> Measured:
    began = time.perf_counter()
    child = os.posix_spawnp(
        command[0],
        command,
        {**os.environ, **environment},
        file_actions=[(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)],
    )
    _pid, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - began
    if status:
        raise SystemExit(f"failed with status {status}: {' '.join(command)}")
    return Measured(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def show(title: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers are shown with three significant digits."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="left" if index == 0 else "right")
    for row in rows:
        table.add_row(*(f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in row))
    Console(file=sys.stdout).print(table)
