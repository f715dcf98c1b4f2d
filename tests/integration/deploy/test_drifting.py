"""Drift that a schedule begins."""

from functools import partial
from pathlib import Path

import pytest

from yiwang.app import App
from yiwang.core.errors import JobError, UsageError
from yiwang.core.jobs.schedule import Schedule
from yiwang.core.settings import load_settings
from yiwang.deploy.drifting import planned

HEBI = Path(__file__).parents[3] / "examples/hebi"


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(load_settings((f"estate={HEBI}", f"state_folder={tmp_path}", f"cache_folder={tmp_path / 'cache'}")))


def test_drift_can_be_looked_for_by_the_clock(app: App) -> None:
    kept = app.jobs.schedules.add(Schedule("nightly", "30 2 * * *", "drift", {"selector": "county=410621"}))

    assert [each.name for each in app.jobs.schedules.all()] == [kept.name]


def test_a_schedule_looks_at_the_nodes_that_it_names(app: App) -> None:
    run = planned(app.deployment, {"selector": "county=410621,role=exchange"})

    assert [(step.id, step.target, step.site) for step in run.steps] == [
        ("check-exchange-410621-1", "node/exchange-410621-1", "410621")
    ]
    assert (run.kind, run.requester) == ("drift", "schedule")


def test_a_schedule_that_names_nothing_looks_at_every_node_of_the_estate_in_its_folder(app: App) -> None:
    run = planned(app.deployment, {"estate": str(HEBI)})

    assert {step.target for step in run.steps} == {f"node/{name}" for name in app.load_estate(HEBI).nodes}


def test_what_a_schedule_cannot_say_is_refused_with_what_it_can(app: App) -> None:
    plan = partial(planned, app.deployment)

    with pytest.raises(JobError, match="E2059") as unknown:
        plan({"selektor": "county=410621"})
    with pytest.raises(UsageError, match="E2057"):
        plan({"selector": "county=410622,role=mirror"})
    assert "selektor" in str(unknown.value)
