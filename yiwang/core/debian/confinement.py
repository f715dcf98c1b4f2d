"""Running what makes images and repositories: in namespaces of its own, its words kept, its end bound to ours."""

from __future__ import annotations

import os
import re
import subprocess
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# Mounts and processes live in namespaces that end when the caller does, even if that is killed.
CONFINED = (
    *("setpriv", "--pdeathsig=KILL"),
    *("unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child", "--mount-proc"),
)
UNPRIVILEGED = ("--user", "--map-root-user")
LINES_KEPT, LINES_SHOWN = 200, 6
KEPT = frozenset(("HOME", "PATH", "TMPDIR"))
PASSWORD = re.compile(r"://[^/@\s]+@")
# How apt, dpkg and mmdebstrap begin a complaint.
COMPLAINT = re.compile(r"(E|Err|W|dpkg)\b.*:")


@dataclass(frozen=True, slots=True)
class Run:
    """A program to run: what it gets on its input, in what environment, and where its words are kept."""

    command: Sequence[str]
    log: Path
    lock: int
    given: str = field(default="", repr=False)
    environment: Mapping[str, str] = field(default_factory=dict)
    hear: Callable[[str], None] = lambda _line: None


def confined() -> tuple[str, ...]:
    """The words before a command that confine it; whoever is not root is it only in there."""
    return CONFINED if os.geteuid() == 0 else (*CONFINED, *UNPRIVILEGED)


def run(what: Run) -> list[str]:
    """Run a program to its end; returns what it complained about last, and nothing where it succeeded."""
    last: deque[str] = deque(maxlen=LINES_KEPT)
    with what.log.open("a", encoding="utf-8") as kept, _started(what) as process:
        try:
            for line in map(without_passwords, _conversation(process, what.given)):
                kept.write(line)
                last.append(line)
                what.hear(line)
        except BaseException:
            process.kill()
            raise
    return telling(last) if process.returncode else []


def _started(what: Run) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*confined(), *what.command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        pass_fds=(what.lock,),
        cwd="/",
        umask=0o022,
        env={**_environment(), **what.environment},
    )


def _conversation(process: subprocess.Popen[str], given: str) -> Iterable[str]:
    if process.stdin:
        process.stdin.write(given)
        process.stdin.close()
    return process.stdout or ()


def _environment() -> dict[str, str]:
    """How to find programs and proxies, and nothing else that is this process's own."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT or name.lower().endswith("_proxy")}
    return {**kept, "LC_ALL": "C.UTF-8"}


def without_passwords(line: str) -> str:
    """A line without the passwords that addresses may hold."""
    return PASSWORD.sub("://***@", line)


def telling(lines: Iterable[str]) -> list[str]:
    """Of what a program said the last complaints, else its last words."""
    said = [line.strip() for line in lines if line.strip()]
    complaints = [line for line in said if COMPLAINT.match(line)]
    return (complaints or said or ["?"])[-LINES_SHOWN:]


def indented(lines: Iterable[str]) -> str:
    """Lines as they stand below a message."""
    return "\n".join(f"  {line}" for line in lines)
