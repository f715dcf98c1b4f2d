"""A service that is stopped."""

from __future__ import annotations

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.lab.command import LabError
from yiwang.lab.faults.case import Case
from yiwang.lab.faults.fault import Fault
from yiwang.lab.faults.parameter import UNIT, Values

NOT_ACTIVE = code(
    "E6318",
    N_("{unit} is not running on {host}"),
    N_("see what runs there: yiwang lab exec {host} -- systemctl list-units --type=service"),
)


def require_active(case: Case, unit: str) -> None:
    """Refuse a fault of a unit that does not run: clearing the fault would start it.

    Raises:
        LabError: it does not run (E6318).
    """
    if not case.is_active(unit):
        raise LabError(NOT_ACTIVE, unit=unit, host=case.machine.host.name)


def _unit(case: Case) -> str:
    return str(case.record.values["unit"])


def _before(case: Case) -> Values:
    require_active(case, _unit(case))
    return {}


def _apply(case: Case) -> None:
    case.systemctl("stop", _unit(case))


def _clear(case: Case) -> None:
    if case.is_running:
        case.systemctl("reset-failed", _unit(case), is_tolerant=True)
        case.systemctl("start", _unit(case))


def _holds(case: Case) -> bool:
    return case.is_running and not case.is_active(_unit(case))


SERVICE = Fault(
    name="service",
    summary=N_("A service of the host is stopped."),
    place="host",
    apply=_apply,
    clear=_clear,
    parameters=(UNIT,),
    words=("stop",),
    undo="start",
    key="unit",
    before=_before,
    holds=_holds,
)
