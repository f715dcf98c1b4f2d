"""Approvals: another person than the requester says that a plan may be carried out.

An approval is for the plan's fingerprint, holds for a declared time, and stands in the journal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from yiwang.core import journal
from yiwang.core.database.types import utc_now
from yiwang.core.errors import JobError, code
from yiwang.core.i18n import N_
from yiwang.deploy import tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from yiwang.core.database.connection import Database
    from yiwang.deploy.plan import Plan
    from yiwang.inventory.model import Rollout

OWN_PLAN = code(
    "E2052",
    N_("{person} made the plan {plan} and cannot approve it"),
    N_("ask someone else: yiwang approve {plan}"),
    N_("The estate's `rollout.approvals` asks for people other than the requester; nobody is exempt, root included."),
)
NOTHING_TO_APPROVE = code("E2053", N_("the plan {plan} changes nothing"), N_("there is nothing to approve or to apply"))
NOT_APPROVED = code(
    "E2054",
    N_("the plan {plan} has {given} of {needed} approvals"),
    N_("someone other than {requester} approves it: yiwang approve {plan}"),
    N_("Approvals count for the plan's fingerprint and for `rollout.approval_hours`; see `yiwang plans show`."),
)


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's approval of a plan."""

    plan: str
    approver: str
    time: datetime
    expires: datetime
    note: str = ""


class Approvals:
    """The approvals of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def give(self, plan: Plan, person: str, policy: Rollout, *, note: str = "") -> Approval:
        """Approve a plan; approving again only renews the time.

        Raises:
            JobError: the person made the plan (E2052), or it changes nothing (E2053).
        """
        if not plan.changing:
            raise JobError(NOTHING_TO_APPROVE, plan=plan.id)
        if person == plan.requester and policy.approvals:
            raise JobError(OWN_PLAN, person=person, plan=plan.id)
        now = utc_now()
        given = Approval(plan.id, person, now, now + timedelta(hours=policy.approval_hours), note)
        with self._database.writing() as connection:
            _keep(connection, given, plan.fingerprint)
            detail = {"fingerprint": plan.fingerprint, "expires": given.expires.isoformat(), "note": note}
            journal.append(connection, person, "plan.approve", plan.id, detail)
        return given

    def of(self, plan: Plan, *, at: datetime | None = None) -> tuple[Approval, ...]:
        """The approvals of a plan that hold at a moment, now by default; the oldest first."""
        table, moment = tables.approvals, at or utc_now()
        query = select(table).where(
            table.c.plan_id == plan.id, table.c.fingerprint == plan.fingerprint, table.c.expires > moment
        )
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(table.c.time)).all()
        return tuple(Approval(row.plan_id, row.approver, row.time, row.expires, row.note) for row in rows)

    def require(self, plan: Plan, policy: Rollout) -> tuple[Approval, ...]:
        """The approvals by which a plan may be carried out now.

        Raises:
            JobError: there are not enough (E2054).
        """
        given = tuple(each for each in self.of(plan) if each.approver != plan.requester)
        if len(given) < policy.approvals:
            raise JobError(
                NOT_APPROVED, plan=plan.id, given=len(given), needed=policy.approvals, requester=plan.requester
            )
        return given


def consume(connection: Connection, plan: Plan) -> None:
    """Forget a plan's approvals, because what they were given for is being done; the journal keeps them."""
    connection.execute(delete(tables.approvals).where(tables.approvals.c.plan_id == plan.id))


def _keep(connection: Connection, given: Approval, fingerprint: str) -> None:
    table = tables.approvals
    connection.execute(delete(table).where(table.c.plan_id == given.plan, table.c.approver == given.approver))
    row = {
        "plan_id": given.plan,
        "approver": given.approver,
        "time": given.time,
        "expires": given.expires,
        "fingerprint": fingerprint,
        "note": given.note,
    }
    connection.execute(insert(table), [row])
