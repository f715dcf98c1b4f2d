"""What people call the waves of a rollout: the waves of its plan, each of which became several of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from yiwang.deploy import tables
from yiwang.deploy.rollout import APPLY, GATE
from yiwang.deploy.wave import PlannedWave

if TYPE_CHECKING:
    from yiwang.core.database.connection import Database


def headings(titles: Sequence[str], kinds: Mapping[int, str]) -> dict[int, str]:
    """The title of each wave of a run, by number; ``kinds`` of its steps, ``titles`` of the plan's waves.

    What comes before an apply belongs to it, and so do the gates after it.
    """
    found: dict[int, str] = {}
    place = 0
    for number, kind in sorted(kinds.items()):
        if place < len(titles):
            found[number] = titles[place]
        place += kind == GATE
    return found


def wave_titles(database: Database, run_id: str, kinds: Mapping[int, str]) -> dict[int, str]:
    """The titles of a run's waves; none for a run that carries out no plan."""
    if APPLY not in kinds.values():
        return {}
    query = select(tables.plans.c.waves).join(tables.plan_runs, tables.plan_runs.c.plan_id == tables.plans.c.id)
    with database.reading() as connection:
        waves = connection.execute(query.where(tables.plan_runs.c.run_id == run_id)).scalar()
    return headings([PlannedWave(**wave).title for wave in waves or ()], kinds)
