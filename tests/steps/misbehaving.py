"""Step functions that misbehave, importable by worker processes."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from yiwang.core.jobs.handlers import StepCancelledError, StepContext, StepFailedError, StepHandler


def fine(context: StepContext) -> dict[str, Any]:
    """Log, tell progress, return the process it ran in."""
    context.log("一 line")
    context.progress("half")
    return {"pid": os.getpid(), "payload": dict(context.payload)}


def kill_itself(context: StepContext) -> None:
    """Die like under the out-of-memory killer, but only at the first attempts."""
    if context.attempt <= context.payload.get("deaths", 1):
        context.log("dying")
        os.kill(os.getpid(), signal.SIGKILL)


def fail(context: StepContext) -> None:
    """Fail, and say whether another attempt is worth it."""
    raise StepFailedError("the device said no", may_retry=context.payload.get("may_retry", True))


def fail_at_first(context: StepContext) -> None:
    """Raise anything at the first attempt."""
    if context.attempt == 1:
        raise ValueError("first time")


def wait(context: StepContext) -> None:
    """Run until cancelled, at most ten seconds; touch a file at the beginning."""
    if "file" in context.payload:
        Path(context.payload["file"]).write_text(str(os.getpid()))
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if context.is_cancelled():
            raise StepCancelledError
        time.sleep(0.01)


def unpicklable(_context: StepContext) -> Any:
    """Return what cannot come back from a process."""
    return {"made": lambda: None}


def handlers() -> list[StepHandler]:
    """Each of them twice, in a thread and, with ``-apart``, in a process."""
    functions = (fine, kill_itself, fail, fail_at_first, wait, unpicklable)
    return [StepHandler(each.__name__, each) for each in functions] + [
        StepHandler(f"{each.__name__}-apart", each, isolation="process") for each in functions
    ]
