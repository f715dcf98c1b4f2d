"""What the ground floor keeps.  A part adds its tables to the same ``metadata`` in a module of its own."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

from yiwang.core.database.types import Counter, Json, Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", Counter, primary_key=True),
    Column("time", Moment, nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("detail", Json, nullable=False),
    Column("run", Text),
    CheckConstraint("verdict IN ('pass', 'fail', 'unknown')", name="verdict"),
    Index("ix_evidence_subject", "subject_kind", "subject_name", "kind", "time", "id"),
    Index("ix_evidence_run", "run"),
)

evidence_latest = Table(
    "evidence_latest",
    metadata,
    Column("subject_kind", Text, primary_key=True),
    Column("subject_name", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("time", Moment, nullable=False),
    Column("evidence_id", Counter, ForeignKey("evidence.id"), nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("sequence", Counter, primary_key=True, autoincrement=False),
    Column("time", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("until", Moment, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("policy", Json, nullable=False),
    Column("wanted", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Column("finished", Moment),
    Column("events", Integer, nullable=False, server_default=text("0")),
    CheckConstraint("wanted IN ('run', 'pause', 'cancel')", name="wanted"),
    CheckConstraint("state IN ('open', 'paused', 'halted', 'done', 'partial', 'cancelled')", name="state"),
    Index("ix_runs_created", "created"),
    Index("ix_runs_state", "state"),
)

waves = Table(
    "waves",
    metadata,
    Column("run_id", Text, ForeignKey("runs.id"), primary_key=True),
    Column("wave", Integer, primary_key=True, autoincrement=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False, server_default=text("0")),
    Column("failed", Integer, nullable=False, server_default=text("0")),
    Column("cancelled", Integer, nullable=False, server_default=text("0")),
)

steps = Table(
    "steps",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("wave", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("payload", Json, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'pending'")),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("losses", Integer, nullable=False, server_default=text("0")),
    Column("not_before", Moment, nullable=False),
    Column("lease_until", Moment),
    Column("holder", Text, nullable=False, server_default=text("''")),
    Column("started", Moment),
    Column("finished", Moment),
    Column("error", Text, nullable=False, server_default=text("''")),
    Column("result", Json),
    ForeignKeyConstraint(["run_id", "wave"], ["waves.run_id", "waves.wave"], name="fk_steps_wave"),
    CheckConstraint("state IN ('pending', 'running', 'done', 'failed', 'cancelled')", name="state"),
    # The lock of a target, across all runs: the database itself lets only one step run on it.
    Index(
        "uq_steps_running_target",
        "target",
        unique=True,
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
    Index("ix_steps_next", "run_id", "state", "wave", "not_before", "position"),
)

events = Table(
    "events",
    metadata,
    Column("run_id", Text, ForeignKey("runs.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("time", Moment, nullable=False),
    Column("step_id", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
)

schedules = Table(
    "schedules",
    metadata,
    Column("name", Text, primary_key=True),
    Column("cron", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("hours", Text, nullable=False),
    Column("jitter_seconds", Integer, nullable=False),
    Column("catch_up", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("parameters", Json, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("handled_until", Moment, nullable=False),
    CheckConstraint("catch_up IN ('skip', 'once')", name="catch_up"),
)

APPEND_ONLY = ("evidence", "journal", "events")
