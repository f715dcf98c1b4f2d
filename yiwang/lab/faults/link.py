"""A cable that is down: the port at A is down, the one at B has no carrier."""

from __future__ import annotations

import json

from yiwang.core.i18n import N_
from yiwang.lab.command import call
from yiwang.lab.faults.case import Case
from yiwang.lab.faults.fault import Fault
from yiwang.lab.faults.parameter import Values

# Routes that were written by hand or at bring-up; the kernel's and a routing daemon's come back by themselves.
LASTING = (None, "boot", "static")


def _is_up(case: Case) -> bool:
    end = case.ends[0]
    shown = json.loads(call("ip", "-n", case.namespace(end), "-j", "link", "show", "dev", end.kernel))
    return "UP" in shown[0]["flags"]


def _before(case: Case) -> Values:
    """The routes over A's port: the kernel drops them with the port and brings back only its own."""
    end = case.ends[0]
    namespace = case.namespace(end)
    kept = json.loads(call("ip", "-n", namespace, "-j", "route", "show", "dev", end.kernel) or "[]")
    routes = [_route(each) for each in kept if each.get("protocol") in LASTING]
    return {"is_up": float(_is_up(case)), "routes": "\n".join(routes)}


def _route(shown: dict[str, str]) -> str:
    return f"{shown['dst']} via {shown['gateway']}" if "gateway" in shown else shown["dst"]


def _apply(case: Case) -> None:
    end = case.ends[0]
    call("ip", "-n", case.namespace(end), "link", "set", end.kernel, "down")


def _clear(case: Case) -> None:
    end = case.ends[0]
    before = case.record.before
    if not before.get("is_up"):
        return
    call("ip", "-n", case.namespace(end), "link", "set", end.kernel, "up")
    for route in str(before["routes"]).splitlines():
        words = [*route.split(), "dev", end.kernel]
        call("ip", "-n", case.namespace(end), "route", "replace", *words, is_tolerant=True)


def _holds(case: Case) -> bool:
    return not _is_up(case)


LINK = Fault(
    name="link",
    summary=N_("The cable is down: A's port is down, B's has no carrier."),
    place="cable",
    apply=_apply,
    clear=_clear,
    words=("down",),
    undo="up",
    before=_before,
    holds=_holds,
)
