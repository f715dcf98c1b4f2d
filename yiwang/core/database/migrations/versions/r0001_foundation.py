"""Evidence, journal, leases, runs with waves, steps and events, schedules."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yiwang.core.database.types import Counter, Json, Moment

revision = "0001"
down_revision = None

GUARDED = ("evidence", "journal", "events")


def upgrade() -> None:
    """Create everything."""
    _evidence()
    _journal_and_leases()
    _runs()
    _steps()
    _events_and_schedules()
    for table in GUARDED:
        _guard(table)


def _evidence() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", Counter, nullable=False),
        sa.Column("time", Moment, nullable=False),
        sa.Column("subject_kind", sa.Text, nullable=False),
        sa.Column("subject_name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("detail", Json, nullable=False),
        sa.Column("run", sa.Text),
        sa.CheckConstraint("verdict IN ('pass', 'fail', 'unknown')", name=op.f("ck_evidence_verdict")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index("ix_evidence_subject", "evidence", ["subject_kind", "subject_name", "kind", "time", "id"])
    op.create_index("ix_evidence_run", "evidence", ["run"])
    op.create_table(
        "evidence_latest",
        sa.Column("subject_kind", sa.Text, nullable=False),
        sa.Column("subject_name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("time", Moment, nullable=False),
        sa.Column("evidence_id", Counter, nullable=False),
        sa.PrimaryKeyConstraint("subject_kind", "subject_name", "kind", name=op.f("pk_evidence_latest")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_evidence_latest_evidence_id")),
    )


def _journal_and_leases() -> None:
    words = ("time", "actor", "action", "subject", "detail", "previous", "hash")
    op.create_table(
        "journal",
        sa.Column("sequence", Counter, nullable=False, autoincrement=False),
        *(sa.Column(word, sa.Text, nullable=False) for word in words),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_journal")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("until", Moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("requester", sa.Text, nullable=False),
        sa.Column("policy", Json, nullable=False),
        sa.Column("wanted", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created", Moment, nullable=False),
        sa.Column("finished", Moment),
        sa.Column("events", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.CheckConstraint("wanted IN ('run', 'pause', 'cancel')", name=op.f("ck_runs_wanted")),
        sa.CheckConstraint(
            "state IN ('open', 'paused', 'halted', 'done', 'partial', 'cancelled')", name=op.f("ck_runs_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index("ix_runs_created", "runs", ["created"])
    op.create_index("ix_runs_state", "runs", ["state"])
    op.create_table(
        "waves",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("wave", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("total", sa.Integer, nullable=False),
        *(
            sa.Column(word, sa.Integer, nullable=False, server_default=sa.text("0"))
            for word in ("done", "failed", "cancelled")
        ),
        sa.PrimaryKeyConstraint("run_id", "wave", name=op.f("pk_waves")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_waves_run_id")),
    )


def _steps() -> None:
    op.create_table(
        "steps",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("wave", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        *(sa.Column(word, sa.Text, nullable=False) for word in ("kind", "target", "site")),
        sa.Column("payload", Json, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default=sa.text("'pending'")),
        *(
            sa.Column(word, sa.Integer, nullable=False, server_default=sa.text("0"))
            for word in ("attempt", "failures", "losses")
        ),
        sa.Column("not_before", Moment, nullable=False),
        sa.Column("lease_until", Moment),
        sa.Column("holder", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("started", Moment),
        sa.Column("finished", Moment),
        sa.Column("error", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("result", Json),
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_steps_state")
        ),
        sa.PrimaryKeyConstraint("run_id", "id", name=op.f("pk_steps")),
        sa.ForeignKeyConstraint(["run_id", "wave"], ["waves.run_id", "waves.wave"], name="fk_steps_wave"),
    )
    running = sa.text("state = 'running'")
    op.create_index(
        "uq_steps_running_target", "steps", ["target"], unique=True, sqlite_where=running, postgresql_where=running
    )
    op.create_index("ix_steps_next", "steps", ["run_id", "state", "wave", "not_before", "position"])


def _events_and_schedules() -> None:
    op.create_table(
        "events",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("time", Moment, nullable=False),
        sa.Column("step_id", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "sequence", name=op.f("pk_events")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_events_run_id")),
    )
    op.create_table(
        "schedules",
        *(sa.Column(word, sa.Text, nullable=False) for word in ("name", "cron", "timezone", "hours")),
        sa.Column("jitter_seconds", sa.Integer, nullable=False),
        sa.Column("catch_up", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("parameters", Json, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("handled_until", Moment, nullable=False),
        sa.CheckConstraint("catch_up IN ('skip', 'once')", name=op.f("ck_schedules_catch_up")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_schedules")),
    )


def _guard(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_{verb.lower()}_append_only BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for verb, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER {table}_{verb.lower()}_append_only BEFORE {verb} ON {table} "
            f"FOR EACH {each} EXECUTE FUNCTION {table}_refuse()"
        )
