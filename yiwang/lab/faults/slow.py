"""A command line that is slow, as an old or busy device's: at login, before each prompt, for each line."""

from __future__ import annotations

from pathlib import Path

from yiwang.core.i18n import N_
from yiwang.lab.faults.case import Case
from yiwang.lab.faults.fault import Fault
from yiwang.lab.faults.parameter import Number

LOGIN = Number("login", N_("How long a login takes."), "s", 0, 120, default=3)
PROMPT = Number("prompt", N_("How long each prompt takes."), "s", 0, 60, default=1)
LINE = Number("line", N_("How long each line takes."), "s", 0, 5, default=0.05)
FILE = "/run/yiwang/slow"
"""Where the personality reads how slow it is to be."""

WRITE = 'mkdir -p "${0%/*}" && cat >"$0.new" && chmod 644 "$0.new" && mv "$0.new" "$0"'


def _apply(case: Case) -> None:
    values = case.record.values
    text = " ".join(f"{each.name}={values[each.name]:g}" for each in (LOGIN, PROMPT, LINE))
    case.run("sh", "-c", WRITE, FILE, input=f"{text}\n")


def _clear(case: Case) -> None:
    # What lies in /run is gone when the host is.
    if case.is_running:
        case.run("rm", "-f", FILE)


def _holds(case: Case) -> bool:
    return case.is_running and Path(f"/proc/{case.machine.init}/root{FILE}").exists()


SLOW = Fault(
    name="slow",
    summary=N_("The device's command line is slow."),
    place="host",
    apply=_apply,
    clear=_clear,
    parameters=(LOGIN, PROMPT, LINE),
    holds=_holds,
)
