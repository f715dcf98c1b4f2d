"""What is not believed of the reports that come from other machines.

A site reports about its own steps, those that were given to it, and nothing else.  Whatever else
comes under its name is refused, and journalled: somebody may have its certificate.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from yiwang.core import journal
from yiwang.core.errors import code
from yiwang.core.i18n import N_, Message, fill
from yiwang.core.jobs import store
from yiwang.core.jobs.executor import Report, ReportKind
from yiwang.core.jobs.model import Event, Step

REFUSED = code(
    "E0538",
    N_("a report from {worker} was refused: {reason}"),
    N_("if no one was trying things out there, give the site a new certificate or password and look into its hosts"),
    N_(
        "A site may report about the steps that it was given, and about no others. Reports that are malformed, too "
        "large, without a sender, about another site's step or about an attempt that was never given out change "
        "nothing and are entered in the journal."
    ),
)

MOST_RECORDED = 100
"""Refusals that are journalled of one run and controller; a flood must not fill the database."""
_LONGEST_ID = 200


def reason_to_refuse(step: Step | None, report: Report) -> str:
    """Why a report is not believed; empty when it may be.  ``step`` is the row that it names."""
    if report.kind is ReportKind.refused:
        return report.text
    if not report.worker:
        return ""
    if step is None:
        return N_("the run has no such step")
    if report.worker.partition("/")[0] != step.site:
        return N_("the step belongs to another site")
    if report.attempt > step.attempt:
        return N_("the attempt was never given out")
    return ""


class Refusals:
    """Journals what was refused, within bounds."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def record(self, connection: Connection, report: Report, reason: str, now: datetime) -> None:
        """Enter a refusal in the journal and among the events of the run, unless there were too many already."""
        self._counts[report.run_id] = count = self._counts.get(report.run_id, 0) + 1
        if count > MOST_RECORDED:
            return
        worker = report.worker or "?"
        detail = {"reason": reason, "step": report.step_id[:_LONGEST_ID], "attempt": report.attempt}
        journal.append(connection, worker, "report.refuse", report.run_id, detail)
        text = fill(REFUSED.message, {"worker": worker, "reason": Message(reason)})
        store.add_events(connection, report.run_id, [Event("refused", f"{REFUSED.id} {text}", time=now)])
