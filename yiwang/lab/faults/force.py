"""Putting faults in force and taking them back, one at a time in a lab.

A fault is on record before it is applied, and the record goes only after it is cleared: whatever happens
in between, clearing finds it.
"""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from yiwang.core.errors import NotFoundError, YiwangError
from yiwang.lab.faults.case import Case
from yiwang.lab.faults.process import leave_behind
from yiwang.lab.faults.record import Record, find_record, forget, keep, records
from yiwang.lab.faults.registry import find_fault
from yiwang.lab.faults.request import Request
from yiwang.lab.lab import Lab

WAIT = 'echo ready; exec >/dev/null; sleep "$1"; shift; exec "$@"'


@dataclass(frozen=True, slots=True)
class Standing:
    """A fault on record, and whether it still holds; None where nobody can tell."""

    record: Record
    holds: bool | None


def put_in_force(lab: Lab, request: Request, *, by: str, seconds: int | None = None) -> Record:
    """Apply a fault; one of its kind in the same place is cleared before.

    With ``seconds`` it clears itself after so long, whether or not anybody is there.  A fault that cannot
    be applied leaves nothing.

    Raises:
        LabError: it cannot be applied.
        UsageError: its values do not go together.
    """
    now = datetime.now(UTC)
    until = now + timedelta(seconds=seconds) if seconds else None
    values, name = dict(request.values), request.fault.name
    record = Record(request.id, name, request.place, request.hosts, by, now, until, values)
    with lab.folder.locked():
        with contextlib.suppress(NotFoundError):
            _clear(lab, find_record(lab.folder, record.id))
        record = replace(record, before=dict(request.fault.before(Case(lab, record))))
        keep(lab.folder, record)
        try:
            if seconds:
                _start_timer(Case(lab, record), seconds)
            request.fault.apply(Case(lab, record))
        except BaseException:
            # What cannot be cleared now stays on record, for `fault clear`.
            with contextlib.suppress(YiwangError, OSError):
                _clear(lab, record)
            raise
        if not request.fault.is_lasting:
            _clear(lab, record)
    return record


def clear(lab: Lab, id: str) -> Record:
    """Clear a fault.

    Raises:
        NotFoundError: none of that id is in force (E6306).
        LabError: it cannot be cleared; it stays on record then.
    """
    with lab.folder.locked():
        record = find_record(lab.folder, id)
        _clear(lab, record)
    return record


def clear_all(lab: Lab) -> tuple[Record, ...]:
    """Clear every fault, the newest first; those before one that cannot be cleared are gone then.

    Raises:
        LabError: one cannot be cleared.
    """
    with lab.folder.locked():
        found = tuple(reversed(records(lab.folder)))
        for record in found:
            _clear(lab, record)
    return found


def standing(lab: Lab) -> tuple[Standing, ...]:
    """The faults on record, the oldest first, and whether each still holds."""
    return tuple(Standing(each, _holds(lab, each)) for each in records(lab.folder))


def _holds(lab: Lab, record: Record) -> bool | None:
    try:
        return find_fault(record.fault).holds(Case(lab, record))
    except (YiwangError, OSError):
        return None


def _clear(lab: Lab, record: Record) -> None:
    case = Case(lab, record)
    find_fault(record.fault).clear(case)
    case.end_processes(case.group)
    case.log.unlink(missing_ok=True)
    forget(lab.folder, record)
    case.end_processes(case.timer)


def _start_timer(case: Case, seconds: int) -> None:
    """Leave a process behind that sleeps, and then clears the fault."""
    clearing = [sys.executable, "-m", "yiwang.lab.faults.expire", str(case.lab.folder.path), case.record.id]
    leave_behind(case, case.timer, ["sh", "-c", WAIT, "yiwang-lab", str(seconds), *clearing])
