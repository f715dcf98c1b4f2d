"""A clock that is wrong, or stands still, for one service of a host.

All hosts share the machine's clock, and a time namespace shifts only the time since boot, so the service
is started with faketime before its C library.  Its timers keep running; programs that ask the kernel
without the C library see the true time.
"""

from __future__ import annotations

from pathlib import Path

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.lab.command import LabError
from yiwang.lab.faults.case import Case
from yiwang.lab.faults.fault import Fault
from yiwang.lab.faults.parameter import UNIT, Shape, Values
from yiwang.lab.faults.service import require_active

NO_FAKETIME = code(
    "E6317",
    N_("faketime is not installed on {host}"),
    N_("rebuild the lab's image, or on the host: apt-get install libfaketime"),
)
STOPPED = "stopped"
OFFSET = Shape("offset", N_("How far the clock is off; or `stopped`."), rf"{STOPPED}|[+-]\d{{1,5}}[smhd]", "+2h")
LIBRARY = "usr/lib/*/faketime/libfaketime.so.1"
DROP_IN = "90-yiwang-clock.conf"


def _before(case: Case) -> Values:
    require_active(case, _unit(case))
    return {}


def _apply(case: Case) -> None:
    unit = _unit(case)
    text = drop_in(_library(case), _time(case))
    folder = f"/run/systemd/system/{unit}.d"
    case.run("sh", "-c", f'mkdir -p "$0" && cat >"$0/{DROP_IN}"', folder, input=text)
    case.systemctl("daemon-reload")
    case.systemctl("restart", unit)


def _unit(case: Case) -> str:
    unit = str(case.record.values["unit"])
    return unit if "." in unit else f"{unit}.service"


def _library(case: Case) -> str:
    root = case.machine.disk.root
    found = sorted(root.glob(LIBRARY))
    if not found:
        raise LabError(NO_FAKETIME, host=case.machine.host.name)
    return f"/{found[0].relative_to(root)}"


def _time(case: Case) -> str:
    """What faketime is told: an offset, in which seconds have no letter, or the moment at which time stands still."""
    offset = str(case.record.values["offset"])
    return case.run("date", "+%F %T").strip() if offset == STOPPED else offset.removesuffix("s")


def drop_in(library: str, time: str) -> str:
    """The drop-in of a unit that sees another time."""
    settings = {
        "LD_PRELOAD": library,
        "FAKETIME": time,
        # Waiting and time-outs go by the monotonic clock: the service should be wrong, not stuck.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    return "[Service]\n" + "".join(f'Environment="{name}={value}"\n' for name, value in settings.items())


def _clear(case: Case) -> None:
    # What lies in /run is gone when the host is.
    if not case.is_running:
        return
    unit = _unit(case)
    case.run("rm", "-f", f"/run/systemd/system/{unit}.d/{DROP_IN}")
    case.systemctl("daemon-reload")
    case.systemctl("try-restart", unit)


def _holds(case: Case) -> bool:
    if not case.is_running:
        return False
    place = Path(f"/proc/{case.machine.init}/root/run/systemd/system") / f"{_unit(case)}.d" / DROP_IN
    return place.exists()


CLOCK = Fault(
    name="clock",
    summary=N_("One service of the host sees a wrong time, or a time that stands still."),
    place="host",
    apply=_apply,
    clear=_clear,
    parameters=(UNIT, OFFSET),
    key="unit",
    before=_before,
    holds=_holds,
)
