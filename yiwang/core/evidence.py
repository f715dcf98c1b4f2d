"""Evidence: append-only observations, of which everything that a person reads is a query.

An observation says what was seen of a subject, when, and the verdict: pass, fail, or
unknown when nobody could tell.  The database refuses to change or delete one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Select, and_, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from yiwang.core.database.tables import evidence, evidence_latest
from yiwang.core.database.types import utc_now

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from yiwang.core.database.connection import Database

Verdict = Literal["pass", "fail", "unknown"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What an observation is about: a kind such as ``node`` and the name within it."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class Observation:
    """One thing seen.  ``detail`` is plain data and never holds a secret; ``id`` is 0 until it is recorded."""

    subject: Subject
    kind: str
    verdict: Verdict
    detail: Mapping[str, Any] = field(default_factory=dict)
    run: str | None = None
    time: datetime = field(default_factory=utc_now)
    id: int = 0


_KEY = (evidence.c.subject_kind, evidence.c.subject_name, evidence.c.kind)
_LATEST_KEY = (evidence_latest.c.subject_kind, evidence_latest.c.subject_name, evidence_latest.c.kind)


class Evidence:
    """The observations of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, observations: Iterable[Observation]) -> int:
        """Record all of them in one transaction, or none; returns how many.

        Raises:
            DatabaseError: a detail is not plain data (E0310) or holds a secret (E0311).
        """
        items = list(observations)
        if items:
            with self._database.writing() as connection:
                record(connection, items)
        return len(items)

    def latest(
        self,
        subject: Subject | None = None,
        *,
        subject_kind: str | None = None,
        kind: str | None = None,
        at: datetime | None = None,
    ) -> list[Observation]:
        """The newest observation of each subject and kind, now or as of ``at``, by subject and kind."""
        query = _newest_now() if at is None else _newest_at(at)
        query = _narrowed(query, subject, subject_kind, kind).order_by(*_KEY)
        return self._all(query)

    def newest_reports(self, *, subject_kind: str, name: str | None = None) -> list[Observation]:
        """As :meth:`latest`, but all of the observations of one subject and kind that were made at the same moment.

        A step that asks one gate of several things reports them together, and each of them counts.
        """
        same = and_(
            *(ours == newest for ours, newest in zip(_KEY, _LATEST_KEY, strict=True)),
            evidence.c.time == evidence_latest.c.time,
        )
        subject = Subject(subject_kind, name) if name is not None else None
        query = _narrowed(select(evidence).join(evidence_latest, same), subject, subject_kind, None)
        return self._all(query.order_by(*_KEY, evidence.c.id))

    def history(
        self,
        subject: Subject | None = None,
        *,
        kind: str | None = None,
        run: str | None = None,
        since: datetime | None = None,
        limit: int = 1000,
    ) -> list[Observation]:
        """Observations, the newest first."""
        query = _narrowed(select(evidence), subject, None, kind)
        if run is not None:
            query = query.where(evidence.c.run == run)
        if since is not None:
            query = query.where(evidence.c.time >= since)
        return self._all(query.order_by(evidence.c.time.desc(), evidence.c.id.desc()).limit(limit))

    def _all(self, query: Select[Any]) -> list[Observation]:
        with self._database.reading() as connection:
            return [_observation(row) for row in connection.execute(query)]


def record(connection: Connection, observations: Iterable[Observation]) -> None:
    """As :meth:`Evidence.record`, inside the caller's transaction."""
    rows = [_row(each) for each in observations]
    if not rows:
        return
    statement = insert(evidence).returning(evidence.c.id, sort_by_parameter_order=True)
    ids = connection.execute(statement, rows).scalars().all()
    newest: dict[tuple[str, str, str], dict[str, Any]] = {}
    for number, row in zip(ids, rows, strict=True):
        key = (row["subject_kind"], row["subject_name"], row["kind"])
        if key not in newest or newest[key]["time"] <= row["time"]:
            newest[key] = dict(zip(("subject_kind", "subject_name", "kind"), key, strict=True)) | {
                "time": row["time"],
                "evidence_id": number,
            }
    # In one order for everybody, so that two recorders on PostgreSQL cannot wait for each other.
    _point_at_newest(connection, [newest[key] for key in sorted(newest)])


def _point_at_newest(connection: Connection, rows: list[dict[str, Any]]) -> None:
    connection.execute(_pointing(connection.dialect.name), rows)


@cache
def _pointing(dialect_name: str) -> Any:
    dialect = sqlite if dialect_name == "sqlite" else postgresql
    statement = dialect.insert(evidence_latest)
    return statement.on_conflict_do_update(
        index_elements=[column.name for column in _LATEST_KEY],
        set_={"time": statement.excluded.time, "evidence_id": statement.excluded.evidence_id},
        where=evidence_latest.c.time <= statement.excluded.time,
    )


def _newest_now() -> Select[Any]:
    return select(evidence).join(evidence_latest, evidence_latest.c.evidence_id == evidence.c.id)


def _newest_at(at: datetime) -> Select[Any]:
    place = func.row_number().over(partition_by=_KEY, order_by=(evidence.c.time.desc(), evidence.c.id.desc()))
    ranked = select(evidence.c.id, place.label("place")).where(evidence.c.time <= at).subquery()
    return select(evidence).join(ranked, and_(ranked.c.id == evidence.c.id, ranked.c.place == 1))


def _narrowed(query: Select[Any], subject: Subject | None, subject_kind: str | None, kind: str | None) -> Select[Any]:
    if subject is not None:
        query = query.where(evidence.c.subject_kind == subject.kind, evidence.c.subject_name == subject.name)
    if subject_kind is not None:
        query = query.where(evidence.c.subject_kind == subject_kind)
    if kind is not None:
        query = query.where(evidence.c.kind == kind)
    return query


def _row(observation: Observation) -> dict[str, Any]:
    return {
        "time": observation.time,
        "subject_kind": observation.subject.kind,
        "subject_name": observation.subject.name,
        "kind": observation.kind,
        "verdict": observation.verdict,
        "detail": dict(observation.detail),
        "run": observation.run,
    }


def _observation(row: Any) -> Observation:
    subject = Subject(row.subject_kind, row.subject_name)
    return Observation(subject, row.kind, row.verdict, row.detail, row.run, row.time, row.id)
