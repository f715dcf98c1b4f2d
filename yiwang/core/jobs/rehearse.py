"""A rehearsed run: nothing is changed, each step only writes a line into a file of its target.

It exercises everything that a real run does, so that people can practise pausing, killing
and resuming before it matters.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from yiwang.core.errors import JobError, Position, code
from yiwang.core.i18n import N_, _
from yiwang.core.jobs.handlers import StepContext, StepHandler
from yiwang.core.jobs.model import Policy, RunPlan, StepSpec
from yiwang.core.settings import load_settings
from yiwang.core.validation import Declared, Flag, validate

KIND = "rehearse"
APART_KIND = "rehearse-apart"
LOOK_SECONDS = 0.05


def rehearse(context: StepContext) -> Mapping[str, Any]:
    """Take as long as planned, then append one line to the target's file.

    Payload: ``folder``, where the files are, empty for the state folder of whoever carries the
    step out; ``seconds``, how long to take.
    """
    end = time.monotonic() + float(context.payload["seconds"])
    while (left := end - time.monotonic()) > 0:
        context.check_cancelled()
        time.sleep(min(left, LOOK_SECONDS))
    name = f"{context.target.rpartition('/')[2]}.txt"
    given = context.payload["folder"]
    file = Path(given or load_settings().settings.state / "rehearsals") / name
    file.parent.mkdir(parents=True, exist_ok=True)
    line = f"{context.assignment.run_id} {context.assignment.step_id} {context.attempt}\n"
    # One write to a file opened for appending is never torn, whoever else writes.
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)
    return {"file": str(file) if given else name}


BAD_PARAMETERS = code(
    "E0520",
    N_("the parameters of the rehearsal cannot be used: {details}"),
    N_("known: steps, waves, seconds, window, apart, sites"),
)

HANDLERS = (StepHandler(KIND, rehearse), StepHandler(APART_KIND, rehearse, isolation="process"))


def rehearsal(
    folder: Path | None,
    *,
    steps: int = 200,
    waves: int = 4,
    seconds: float = 0.2,
    window: int = 8,
    apart: bool = False,
    sites: Sequence[str] = (),
    requester: str = "",
) -> RunPlan:
    """The plan of a rehearsal: ``steps`` targets in ``waves`` equal waves, dealt out to the ``sites`` in turn.

    ``folder`` None means the state folder of whoever carries a step out.
    """
    width = len(str(steps))
    each = -(-steps // max(1, min(waves, steps)))
    specs = tuple(
        StepSpec(
            id=f"{number:0{width}d}",
            kind=APART_KIND if apart else KIND,
            target=f"rehearsal/{number:0{width}d}",
            wave=(number - 1) // each,
            payload={"folder": str(folder or ""), "seconds": seconds},
            site=sites[number % len(sites)] if sites else "",
        )
        for number in range(1, steps + 1)
    )
    return RunPlan(KIND, _("rehearsal of {steps} steps").format(steps=steps), specs, Policy(window=window), requester)


class Parameters(Declared):
    """What a schedule may say about a rehearsal."""

    steps: int = Field(200, ge=1, le=100_000)
    waves: int = Field(4, ge=1)
    seconds: float = Field(0.2, ge=0)
    window: int = Field(8, ge=1)
    apart: Flag = False
    sites: tuple[str, ...] = ()


def planned(folder: Path, parameters: Mapping[str, Any]) -> RunPlan:
    """The plan from a schedule's parameters; raises JobError (E0520)."""
    values, findings = validate(Parameters, dict(parameters), lambda _path, _of_key: Position(Path(KIND)))
    if values is None:
        raise JobError(BAD_PARAMETERS, details="; ".join(f"{each.subject} {each.message}" for each in findings))
    return rehearsal(None if values.sites else folder, **values.model_dump())
