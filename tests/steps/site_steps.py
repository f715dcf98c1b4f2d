"""Steps for workers at sites, named by entry points of a package that the tests lay out."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from pathlib import Path
from typing import Any

import misbehaving

from yiwang.core.jobs.handlers import StepContext, StepHandler


def work(context: StepContext) -> dict[str, Any]:
    """Write a line when it begins and when it ends into the file ``log``, and take ``seconds``."""
    _write(context, "START")
    end = time.monotonic() + context.payload["seconds"]
    while time.monotonic() < end:
        context.check_cancelled()
        time.sleep(0.02)
    _write(context, "END")
    return {"site": context.assignment.site}


def _write(context: StepContext, word: str) -> None:
    line = f"{time.time():.3f} {word} {context.assignment.step_id} {context.assignment.site} {context.attempt}\n"
    descriptor = os.open(context.payload["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def kill_parent(context: StepContext) -> None:
    """Take the whole worker along, as the out-of-memory killer does."""
    with Path(context.payload["log"]).open("a") as log:
        log.write("killed\n")
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(10)


def digest_secret(context: StepContext) -> dict[str, str]:
    """Open a secret and return what does not tell it."""
    secret = context.secret(context.payload["password"])
    return {"shown": str(secret), "digest": hashlib.sha256(secret.reveal().encode()).hexdigest()}


WORK = StepHandler("work", work)
KILL_PARENT = StepHandler("kill_parent", kill_parent)
DIGEST_SECRET = StepHandler("digest_secret", digest_secret)
WAIT = StepHandler("wait", misbehaving.wait)
FINE = StepHandler("fine", misbehaving.fine)
FAIL = StepHandler("fail", misbehaving.fail)
KILL_ITSELF = StepHandler("kill_itself", misbehaving.kill_itself)
