"""An SSH server that lets nobody in: it is not there, says nothing, or refuses every login."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from yiwang.core.i18n import N_
from yiwang.lab.faults.case import Case
from yiwang.lab.faults.fault import Fault
from yiwang.lab.faults.parameter import Choice, Values

SERVER = "ssh.service"
SOCKET = "ssh.socket"
# The first of several settings counts, and Debian reads these files before everything else.
REFUSAL = Path("etc/ssh/sshd_config.d/00-yiwang-fault.conf")


@dataclass(frozen=True, slots=True)
class Way:
    """One way of letting nobody in."""

    apply: Callable[[Case], object]
    clear: Callable[[Case], object]


def _before(case: Case) -> Values:
    return {"listens": SOCKET if case.is_active(SOCKET) else SERVER}


def _stop(case: Case) -> None:
    case.systemctl("stop", SOCKET, SERVER, is_tolerant=True)


def _start(case: Case) -> None:
    case.systemctl("start", str(case.record.before["listens"]))


def _freeze(case: Case) -> None:
    case.systemctl("kill", "--kill-who=main", "--signal=STOP", SERVER)


def _thaw(case: Case) -> None:
    case.systemctl("kill", "--kill-who=main", "--signal=CONT", SERVER)


def _refuse_logins(case: Case) -> None:
    (case.machine.disk.root / REFUSAL).write_text("DenyUsers *\n")
    case.systemctl("reload", SERVER)


def _allow_logins(case: Case) -> None:
    case.systemctl("reload", SERVER)


WAYS: Mapping[str, Way] = {
    "refuse": Way(_stop, _start),
    # The kernel goes on accepting connections for a server that was stopped in its tracks.
    "hang": Way(_freeze, _thaw),
    "auth": Way(_refuse_logins, _allow_logins),
}
HOW = Choice(
    "how",
    N_("Connections are refused (refuse), accepted without a word (hang), every login is refused (auth)."),
    tuple(WAYS),
)


def _way(case: Case) -> Way:
    return WAYS[str(case.record.values["how"])]


def _apply(case: Case) -> None:
    _way(case).apply(case)


def _clear(case: Case) -> None:
    (case.machine.disk.root / REFUSAL).unlink(missing_ok=True)
    # A host that starts has its SSH server as it should be.
    if case.is_running:
        _way(case).clear(case)


def _holds(case: Case) -> bool:
    if case.record.values["how"] == "auth":
        return (case.machine.disk.root / REFUSAL).exists()
    return not case.machine.is_answering()


SSHD = Fault(
    name="sshd",
    summary=N_("The host's SSH server lets nobody in."),
    place="host",
    apply=_apply,
    clear=_clear,
    parameters=(HOW,),
    before=_before,
    holds=_holds,
)
