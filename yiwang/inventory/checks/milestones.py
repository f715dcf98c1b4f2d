"""Milestones and report schedules: no circles, no date before what it depends on."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from yiwang.core.errors import Finding, code
from yiwang.core.i18n import N_
from yiwang.inventory.checks.finding import finding
from yiwang.inventory.estate import Estate

CIRCLE = code(
    "E1160",
    N_("milestones depend on each other in a circle: {chain}"),
    N_("remove one of the `depends_on`"),
)
TOO_EARLY = code(
    "E1161",
    N_('it is due on {due}, but depends on "{before}", due on {before_due}'),
    N_("correct one of the dates or the dependency"),
)
NO_DAY = code(
    "E1162",
    N_("the schedule has neither days of the month nor a weekday nor a start"),
    N_("add `days: [9, 19, 29]`, `weekday: 1` or `start:`"),
)


def check(estate: Estate) -> Iterator[Finding]:
    """Order of milestones, days of reports."""
    known = estate.milestones
    graph = {name: [each for each in known[name].depends_on if each in known] for name in known}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        yield finding(estate, CIRCLE, "error", ("milestones", circle[0], "depends_on"), chain=" → ".join(circle))
    for name, before in ((name, each) for name, each_of in graph.items() for each in each_of):
        if known[before].due > known[name].due:
            values = {"due": known[name].due, "before": before, "before_due": known[before].due}
            yield finding(estate, TOO_EARLY, "warning", ("milestones", name, "due"), **values)
    for name, report in estate.reports.items():
        if not report.days and report.weekday is None and report.start is None:
            yield finding(estate, NO_DAY, "error", ("reports", name))
