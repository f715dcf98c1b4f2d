"""Plans with their targets, approvals, and the runs that carry plans out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from yiwang.core.database.types import Json, Moment

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create everything."""
    _plans()
    _approvals()
    op.create_table(
        "plan_runs",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("plan_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_plan_runs")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_plan_runs_run_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_runs_plan_id")),
    )
    op.create_index("ix_plan_runs_plan", "plan_runs", ["plan_id"])


def _plans() -> None:
    op.create_table(
        "plans",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("created", Moment, nullable=False),
        *(sa.Column(word, sa.Text, nullable=False) for word in ("requester", "selector", "estate")),
        sa.Column("waves", Json, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    op.create_index("ix_plans_created", "plans", ["created"])
    op.create_table(
        "plan_targets",
        sa.Column("plan_id", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("specification", Json, nullable=False),
        sa.Column("facts_digest", sa.Text, nullable=False),
        sa.Column("changes", Json, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "target", name=op.f("pk_plan_targets")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_targets_plan_id")),
    )


def _approvals() -> None:
    op.create_table(
        "approvals",
        *(sa.Column(word, sa.Text, nullable=False) for word in ("plan_id", "approver")),
        sa.Column("time", Moment, nullable=False),
        sa.Column("expires", Moment, nullable=False),
        *(sa.Column(word, sa.Text, nullable=False) for word in ("fingerprint", "note")),
        sa.PrimaryKeyConstraint("plan_id", "approver", name=op.f("pk_approvals")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_approvals_plan_id")),
    )
