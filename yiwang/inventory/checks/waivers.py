"""Waivers: nobody approves his own, and none holds for ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from yiwang.core.errors import Finding, UsageError, code
from yiwang.core.i18n import N_
from yiwang.inventory.checks.finding import finding
from yiwang.inventory.estate import Estate
from yiwang.inventory.selector import parse_selector

OWN_APPROVAL = code(
    "E1190",
    N_('"{person}" asks for the waiver and approves it'),
    N_("let somebody else approve it"),
)
EXPIRED = code(
    "E1191",
    N_("the waiver expired on {day}; its findings are open again"),
    N_("put the findings right, or ask for a new waiver"),
)
NO_DEVICE = code(
    "E1192",
    N_('the selector "{selector}" matches no device'),
    N_("correct it; `yiwang inventory list SELECTOR` tries one"),
)


def check(estate: Estate) -> Iterator[Finding]:
    """Two persons, a day to come, and a device."""
    for name, waiver in estate.waivers.items():
        if waiver.author.strip() == waiver.approver.strip():
            yield finding(estate, OWN_APPROVAL, "error", ("waivers", name, "approver"), person=waiver.approver)
        if waiver.expires < date.today():  # noqa: DTZ011 - a waiver's last day is a day of the calendar here
            yield finding(estate, EXPIRED, "warning", ("waivers", name, "expires"), day=waiver.expires)
        if not _matches(estate, waiver.select):
            yield finding(estate, NO_DEVICE, "warning", ("waivers", name, "select"), selector=waiver.select)


def _matches(estate: Estate, selector: str) -> bool:
    try:
        wanted = parse_selector(selector)
    except UsageError:
        return False
    return any(kind == "devices" for kind, _name, _target in estate.targets(wanted))
