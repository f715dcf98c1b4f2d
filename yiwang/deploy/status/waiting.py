"""Plans and requests that wait for a person: to be approved, or to be carried out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select

from yiwang.core.database import tables as core
from yiwang.deploy import tables

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate

RECENT = timedelta(days=7)
"""What nobody has touched for so long is not waited for any more."""
MOST = 200


@dataclass(frozen=True, slots=True)
class WaitingPlan:
    """A plan, or a request for a ``command``, with the approvals that hold now and those that it needs."""

    id: str
    requester: str
    created: datetime
    selector: str
    nodes: int
    command: str
    given: int
    needed: int

    @property
    def is_approved(self) -> bool:
        """Whether it may be carried out."""
        return self.given >= self.needed


def waiting_plans(connection: Connection, estate: Estate, now: datetime) -> tuple[WaitingPlan, ...]:
    """The plans of an estate that change something and were not carried out, the newest of each selector.

    Older plans with the same selector have been overtaken.
    """
    table = tables.plans
    query = (
        select(table)
        .where(table.c.estate == str(estate.folder.absolute()), table.c.created > now - RECENT)
        .order_by(table.c.created.desc(), table.c.id)
        .limit(MOST)
    )
    rows = connection.execute(query).all()
    return tuple(found for row in _newest(connection, rows) if (found := _waiting(connection, row, estate, now)))


def _newest(connection: Connection, rows: Any) -> Iterator[tuple[Any, str]]:
    seen = set()
    for row in rows:
        command = "" if row.waves else _command(connection, row.id)
        if (row.selector, command) not in seen:
            seen.add((row.selector, command))
            yield row, command


def _waiting(connection: Connection, found: tuple[Any, str], estate: Estate, now: datetime) -> WaitingPlan | None:
    row, command = found
    if not (row.waves or command) or _is_carried_out(connection, row.id, is_command=bool(command)):
        return None
    needed = estate.rollout.approvals
    return WaitingPlan(
        row.id,
        row.requester,
        row.created,
        row.selector,
        _nodes(connection, row.id) if command else sum(len(wave["targets"]) for wave in row.waves),
        command,
        _approvals(connection, row, now),
        max(1, needed) if command else needed,
    )


def _command(connection: Connection, plan: str) -> str:
    table = tables.plan_targets
    specification = connection.execute(select(table.c.specification).where(table.c.plan_id == plan).limit(1)).scalar()
    return str((specification or {}).get("command", ""))


def _nodes(connection: Connection, plan: str) -> int:
    table = tables.plan_targets
    return connection.execute(select(func.count()).where(table.c.plan_id == plan)).scalar_one()


def _approvals(connection: Connection, row: Any, now: datetime) -> int:
    table = tables.approvals
    query = select(func.count()).where(
        table.c.plan_id == row.id,
        table.c.fingerprint == row.fingerprint,
        table.c.expires > now,
        table.c.approver != row.requester,
    )
    return connection.execute(query).scalar_one()


def _is_carried_out(connection: Connection, plan: str, *, is_command: bool) -> bool:
    if is_command:
        journal = core.journal
        query = select(func.count()).where(
            journal.c.action == "command.run", journal.c.detail.contains(f'"request":"{plan}"', autoescape=True)
        )
    else:
        query = select(func.count()).where(tables.plan_runs.c.plan_id == plan)
    return bool(connection.execute(query).scalar_one())
