"""Processes that stay behind to hold or to end a fault: in a group of the lab, so that they end with it."""

from __future__ import annotations

import select
import subprocess
from collections.abc import Sequence
from typing import IO

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.lab import cgroup
from yiwang.lab.command import LabError
from yiwang.lab.faults.case import Case
from yiwang.lab.machine import STARTER

NOT_STARTED = code(
    "E6315",
    N_("what holds the fault {id} did not start: {reason}"),
    N_("`yiwang lab limits` shows what this kernel can do"),
)
READY = b"ready\n"
PATIENCE_SECONDS = 20


def leave_behind(case: Case, group: str, command: Sequence[str]) -> None:
    """Start a process in a group of the lab and return when it says that it is ready.

    Raises:
        LabError: it does not say so (E6315).
    """
    groups = cgroup.create(case.lab.layout.slot, group)
    log = case.log
    with log.open("wb") as errors:
        started = subprocess.Popen(
            ["sh", "-c", f'{STARTER} exec "$@"', "yiwang-lab", *map(str, groups), "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            cwd="/",
        )
    if not _is_ready(started.stdout):
        started.kill()
        started.wait()
        raise LabError(NOT_STARTED, id=case.record.id, reason=log.read_text("utf-8").strip()[-300:])
    # It outlives this call by design: nobody waits for it.
    started.returncode = 0


def _is_ready(told: IO[bytes] | None) -> bool:
    if told is None:
        return False
    with told:
        heard, _, _ = select.select([told], [], [], PATIENCE_SECONDS)
        return bool(heard) and told.readline() == READY
