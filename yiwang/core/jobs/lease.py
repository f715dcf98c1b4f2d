"""Leases: one holder of a name at a time, across processes and machines.

A lease ends when its time is over, or at once when its holder is known to be dead.  Time
is the wall clock of the machines, which must be kept in step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from yiwang.core.database.tables import leases
from yiwang.core.jobs.owner import is_dead


@dataclass(frozen=True, slots=True)
class Grip:
    """Whether one holds a lease, and the dead holder that it was taken from, if any."""

    held: bool
    owner: str
    taken_from: str = ""


_find = select(leases).where(leases.c.name == bindparam("b_name")).with_for_update()
_give = (
    update(leases)
    .where(leases.c.name == bindparam("b_name"))
    .values(owner=bindparam("b_owner"), until=bindparam("b_until"))
)


def hold(connection: Connection, name: str, owner: str, now: datetime, length: timedelta) -> Grip:
    """Take or renew the lease in the caller's writing transaction, if nobody else holds it."""
    row = connection.execute(_find, {"b_name": name}).first()
    if row is None:
        return _first(connection, name, owner, now + length)
    values = {"b_name": name, "b_owner": owner, "b_until": now + length}
    if row.owner == owner:
        # Not at every call: an unchanged row is one less page to write.
        if not now + length * 2 / 3 < row.until <= now + length:
            connection.execute(_give, values)
        return Grip(True, owner)
    dead = is_dead(row.owner)
    if not dead and now < row.until <= now + length:
        return Grip(False, row.owner)
    connection.execute(_give, values)
    return Grip(True, owner, row.owner if dead else "")


def _first(connection: Connection, name: str, owner: str, until: datetime) -> Grip:
    try:
        with connection.begin_nested():
            connection.execute(insert(leases), {"name": name, "owner": owner, "until": until})
    except IntegrityError:
        return Grip(False, "")
    return Grip(True, owner)


def let_go(connection: Connection, name: str, owner: str) -> None:
    """Give the lease back, if one holds it."""
    connection.execute(delete(leases).where(leases.c.name == name, leases.c.owner == owner))


def holder(connection: Connection, name: str, now: datetime) -> str:
    """Who holds the lease; empty when nobody does."""
    row = connection.execute(select(leases).where(leases.c.name == name)).first()
    return row.owner if row and now < row.until and not is_dead(row.owner) else ""
