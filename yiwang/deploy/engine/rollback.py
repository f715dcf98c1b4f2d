"""Putting a target back to what it was before a run."""

from __future__ import annotations

import time
from dataclasses import dataclass

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.deploy.engine.check import Tools
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.faults import BUSY, DeployError
from yiwang.deploy.engine.keeping import FINAL, run_folder
from yiwang.deploy.engine.reaching import reach
from yiwang.deploy.engine.transport import Transport

NOTHING_KEPT = code(
    "E2036",
    N_('{target} keeps nothing of the run "{run}"'),
    N_("the run changed nothing there, or its folder below /var/lib/yiwang/rollback was removed"),
)
LOCK_SECONDS = 60


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What was put back, and what could not be: commands that do not say what they change are named by their titles."""

    restored: tuple[str, ...]
    cannot: tuple[str, ...]
    seconds: float


def rollback(endpoint: Endpoint, run: str, tools: Tools) -> RolledBack:
    """Put files, services, packages, accounts and settings back to what they were before the run.

    Raises:
        ReachError: the target cannot be reached.
        DeployError: the run changed nothing there (E2036), or the target is being changed (E2009).
    """
    began = time.monotonic()
    folder = run_folder(run)

    def work(transport: Transport) -> RolledBack:
        if not transport.lock(wait=LOCK_SECONDS):
            raise DeployError(BUSY, target=endpoint.name)
        script = f"sh {folder}/rollback.sh"
        done = transport.run(f"[ -f {folder}/begun ] || exit 44; {script} disarm {folder}; {script} restore {folder}")
        if done.code == 44:
            raise DeployError(NOTHING_KEPT, target=endpoint.name, run=run)
        said = [line.partition(" ")[::2] for line in done.out.splitlines()]
        restored = tuple(dict.fromkeys(name for word, name in said if word == "restored"))
        cannot = tuple(name for word, name in said if word == "cannot")
        return RolledBack(restored, (*cannot, *_commands(transport, folder)), time.monotonic() - began)

    return reach(endpoint, tools.connect, work)


def _commands(transport: Transport, folder: str) -> tuple[str, ...]:
    outputs = transport.look([f"cat {folder}/begun"]).outputs or ()
    noted = [line.split("\t") for each in outputs for line in each.out.splitlines()]
    return tuple(dict.fromkeys(title for word, *_rest, title in noted if word == FINAL))
