"""The plans of a database: kept whole, never changed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from yiwang.core.database.types import utc_now
from yiwang.core.errors import NotFoundError, code
from yiwang.core.i18n import N_
from yiwang.deploy import tables
from yiwang.deploy.plan import Plan, PlannedTarget
from yiwang.deploy.wave import PlannedWave

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from yiwang.core.database.connection import Database

NO_PLAN = code("E2051", N_('there is no plan "{given}"'), N_("`yiwang plans list` lists them"))


class Plans:
    """The plans of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, plan: Plan) -> Plan:
        """Keep a plan.

        Raises:
            DatabaseError: something in it is not plain data (E0310) or a secret (E0311).
        """
        head = {
            "id": plan.id,
            "created": plan.created,
            "requester": plan.requester,
            "selector": plan.selector,
            "estate": plan.estate,
            "waves": [asdict(wave) for wave in plan.waves],
            "fingerprint": plan.fingerprint,
        }
        rows = [_row(plan.id, target) for target in plan.targets]
        with self._database.writing() as connection:
            connection.execute(insert(tables.plans), [head])
            if rows:
                connection.execute(insert(tables.plan_targets), rows)
        return plan

    def find(self, given: str) -> Plan:
        """The plan with this id, or the only one whose id begins so.

        Raises:
            NotFoundError: there is none (E2051).
        """
        table = tables.plans
        begins = table.c.id.startswith(given, autoescape=True)
        with self._database.reading() as connection:
            found = connection.execute(select(table).where(begins).limit(2)).all()
            exact = [row for row in found if row.id == given] or found
            if len(exact) != 1:
                raise NotFoundError(NO_PLAN, given=given)
            return _plan(connection, exact[0])

    def alike(self, fingerprint: str, requester: str) -> Plan | None:
        """The newest plan of a person with this fingerprint; None when there is none."""
        table = tables.plans
        query = select(table.c.id).where(table.c.fingerprint == fingerprint, table.c.requester == requester)
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(table.c.created.desc()).limit(1)).scalar()
        return self.find(found) if found else None

    def all(self, *, limit: int = 50) -> list[Plan]:
        """Plans without their targets, the newest first."""
        table = tables.plans
        query = select(table).order_by(table.c.created.desc(), table.c.id).limit(limit)
        with self._database.reading() as connection:
            return [_head(row, ()) for row in connection.execute(query)]

    def runs(self, plan_id: str) -> list[str]:
        """The runs that carry a plan out, the newest first."""
        table = tables.plan_runs
        query = select(table.c.run_id).where(table.c.plan_id == plan_id).order_by(table.c.run_id.desc())
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())


def new_plan(
    *, requester: str, estate: str, selector: str, targets: tuple[PlannedTarget, ...], waves: tuple[PlannedWave, ...]
) -> Plan:
    """A plan with an id of its own, made now."""
    now = utc_now()
    return Plan(_new_id(now), now, requester, estate, selector, targets, waves)


def _new_id(now: datetime) -> str:
    return f"p{now:%y%m%d}-{secrets.token_hex(3)}"


def _row(plan_id: str, target: PlannedTarget) -> dict[str, Any]:
    return {
        "plan_id": plan_id,
        "target": target.name,
        "specification": dict(target.specification),
        "facts_digest": target.facts_digest,
        "changes": [dict(change) for change in target.changes],
        "problem": target.problem,
    }


def _plan(connection: Connection, row: Any) -> Plan:
    table = tables.plan_targets
    query = select(table).where(table.c.plan_id == row.id).order_by(table.c.target)
    targets = tuple(
        PlannedTarget(each.target, each.specification, each.facts_digest, tuple(each.changes), each.problem)
        for each in connection.execute(query)
    )
    return _head(row, targets)


def _head(row: Any, targets: tuple[PlannedTarget, ...]) -> Plan:
    waves = tuple(map(_wave, row.waves))
    return Plan(row.id, row.created, row.requester, row.estate, row.selector, targets, waves)


def _wave(kept: Mapping[str, Any]) -> PlannedWave:
    return PlannedWave(**{**kept, "targets": tuple(kept["targets"]), "lead": tuple(kept.get("lead", ()))})
