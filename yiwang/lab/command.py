"""Calling the machine's own programs; what they complain about reaches the person."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from yiwang.core.errors import YiwangError, code
from yiwang.core.i18n import N_

FAILED = code(
    "E6020",
    N_("`{command}` failed: {reason}"),
    N_("`yiwang lab down` clears what is half made; `yiwang lab limits` shows what this machine can do"),
)


class LabError(YiwangError):
    """Something of a lab cannot be made, used or removed."""


def call(*command: str, input: str | None = None, is_tolerant: bool = False) -> str:
    """Run a program and return what it prints.

    Raises:
        LabError: it failed (E6020), unless the call is tolerant.
    """
    done = subprocess.run(command, input=input, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode and not is_tolerant:
        raise LabError(
            FAILED, command=" ".join(command), reason=(done.stderr or done.stdout).strip() or done.returncode
        )
    return done.stdout


def ip_batch(lines: Sequence[str], namespace: str = "") -> None:
    """Give ``ip`` many commands at once, in a network namespace.

    Raises:
        LabError: one of them failed (E6020); those after it were not tried.
    """
    if lines:
        inside = ("-n", namespace) if namespace else ()
        call("ip", *inside, "-batch", "-", input="\n".join(lines) + "\n")
