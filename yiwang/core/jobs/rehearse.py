"""A rehearsed run: nothing is changed, each step only writes a line into a file of its target.

It exercises everything that a real run does, so that people can practise pausing, killing
and resuming before it matters.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yiwang.core.jobs.handlers import StepContext, StepHandler
from yiwang.core.jobs.model import Policy, RunPlan, StepSpec

KIND = "rehearse"
APART_KIND = "rehearse-apart"
LOOK_SECONDS = 0.05


def rehearse(context: StepContext) -> Mapping[str, Any]:
    """Take as long as planned, then append one line to the target's file.

    Payload: ``folder``, where the files are; ``seconds``, how long to take.
    """
    end = time.monotonic() + float(context.payload["seconds"])
    while (left := end - time.monotonic()) > 0:
        context.check_cancelled()
        time.sleep(min(left, LOOK_SECONDS))
    file = Path(context.payload["folder"]) / f"{context.target.rpartition('/')[2]}.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    line = f"{context.assignment.run_id} {context.assignment.step_id} {context.attempt}\n"
    # One write to a file opened for appending is never torn, whoever else writes.
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)
    return {"file": str(file)}


HANDLERS = (StepHandler(KIND, rehearse), StepHandler(APART_KIND, rehearse, isolation="process"))


def rehearsal(
    folder: Path, *, steps: int, waves: int = 4, seconds: float = 0.2, window: int = 8, apart: bool = False
) -> RunPlan:
    """The plan of a rehearsal: ``steps`` targets in ``waves`` equal waves."""
    width = len(str(steps))
    each = -(-steps // max(1, min(waves, steps)))
    specs = tuple(
        StepSpec(
            id=f"{number:0{width}d}",
            kind=APART_KIND if apart else KIND,
            target=f"rehearsal/{number:0{width}d}",
            wave=(number - 1) // each,
            payload={"folder": str(folder), "seconds": seconds},
        )
        for number in range(1, steps + 1)
    )
    return RunPlan(KIND, f"rehearsal of {steps} steps", specs, Policy(window=window))
