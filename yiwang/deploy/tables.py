"""What deployment keeps: plans with their targets, and who approved them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from yiwang.core.database.tables import metadata
from yiwang.core.database.types import Json, Moment

plans = Table(
    "plans",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created", Moment, nullable=False),
    Column("requester", Text, nullable=False),
    Column("selector", Text, nullable=False),
    Column("estate", Text, nullable=False),
    Column("waves", Json, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Index("ix_plans_created", "created"),
)

plan_targets = Table(
    "plan_targets",
    metadata,
    Column("plan_id", Text, ForeignKey("plans.id"), primary_key=True),
    Column("target", Text, primary_key=True),
    Column("specification", Json, nullable=False),
    Column("facts_digest", Text, nullable=False),
    Column("changes", Json, nullable=False),
    Column("problem", Text, nullable=False),
)

approvals = Table(
    "approvals",
    metadata,
    Column("plan_id", Text, ForeignKey("plans.id"), primary_key=True),
    Column("approver", Text, primary_key=True),
    Column("time", Moment, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("note", Text, nullable=False),
)

plan_runs = Table(
    "plan_runs",
    metadata,
    Column("run_id", Text, ForeignKey("runs.id"), primary_key=True),
    Column("plan_id", Text, ForeignKey("plans.id"), nullable=False),
    Index("ix_plan_runs_plan", "plan_id"),
)
