"""What the broker should hold: names, rights, and what is missing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.core.errors import UsageError
from yiwang.core.jobs.distributed.administration import Change, changes, no_password
from yiwang.core.jobs.distributed.topology import (
    CONTROLLER,
    DEAD,
    RESULTS,
    STEPS,
    STOP,
    Topology,
    run_queue,
    site_of,
    site_user,
    step_queue,
    stop_queue,
)
from yiwang.core.vault.secret import Secret

sites = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9-]{0,10}[A-Za-z0-9])?", fullmatch=True)
EMPTY: dict[str, list[dict[str, Any]]] = {}


@given(st.lists(sites, min_size=2, max_size=6, unique=True))
def test_the_rights_of_a_site_match_its_own_queues_and_nothing_else(names: list[str]) -> None:
    rights = {each["user"]: each for each in Topology(tuple(names)).definitions()["permissions"]}
    every = [
        STEPS,
        RESULTS,
        STOP,
        DEAD,
        run_queue("r"),
        *map(step_queue, names),
        *map(stop_queue, names),
        "mine",
        "amq",
    ]

    for name in names:
        own = rights[site_user(name)]
        assert {each for each in every if re.search(own["read"], each)} == {step_queue(name), stop_queue(name)}
        assert {each for each in every if re.search(own["write"], each)} == {RESULTS}
        assert not any(re.search(own["configure"], each) for each in every)


def test_the_controller_reads_no_site_and_makes_only_queues_of_runs() -> None:
    rights = Topology(("1",)).definitions()["permissions"][0]

    assert rights["user"] == CONTROLLER
    for name in (step_queue("1"), stop_queue("1"), STEPS):
        assert not re.search(rights["read"], name)
        assert not re.search(rights["configure"], name)
    assert re.search(rights["configure"], run_queue("rollout-20261122-ab"))


@pytest.mark.parametrize("given_name", ["", "a.b", "410621|.*", "-1", "1-", "县", "a b", "x" * 65])
def test_a_site_whose_name_could_widen_a_pattern_is_refused(given_name: str) -> None:
    with pytest.raises(UsageError) as caught:
        Topology((given_name,))

    assert caught.value.error.id == "E0540"


def test_logins_and_sites_belong_together() -> None:
    assert site_of(site_user("410621")) == "410621"
    assert site_of(CONTROLLER) == ""


def test_nothing_is_left_to_do_once_everything_is_there() -> None:
    topology = Topology(("1", "2"))
    there = _after(changes(topology, EMPTY))

    assert changes(topology, there) == ()


def test_what_differs_is_altered_and_what_is_surplus_removed() -> None:
    there = _after(changes(Topology(("1", "2"), delivery_limit=3), EMPTY))

    found = changes(Topology(("1",)), there)

    assert [(each.action, each.section, each.name) for each in found] == [
        ("alter", "policies", "yiwang.site"),
        ("remove", "users", "site-2"),
        ("remove", "queues", "yiwang.site.2"),
        ("remove", "queues", "yiwang.stop.2"),
    ]


def test_things_of_others_at_the_broker_are_left_alone() -> None:
    there = _after(changes(Topology(("1",)), EMPTY))
    there["users"].append({"name": "nagios"})
    there["queues"].append({"name": "mail", "vhost": "/"})
    there["queues"].append({"name": "yiwang.run.rollout-1", "vhost": "yiwang"})

    assert changes(Topology(("1",)), there) == ()


def test_a_password_is_kept_when_it_is_the_same_and_replaced_when_it_is_not() -> None:
    topology = Topology(("1",))
    there = _after(changes(topology, EMPTY, lambda user: Secret(f"{user}'s")))

    same = changes(topology, there, lambda user: Secret(f"{user}'s"))
    other = changes(topology, there, lambda user: Secret("new") if user == "site-1" else Secret(f"{user}'s"))
    none = changes(topology, there, no_password)

    assert same == none == ()
    assert [(each.action, each.name) for each in other] == [("alter", "site-1")]
    assert "new" not in str(other)


def _after(found: tuple[Change, ...]) -> dict[str, list[dict[str, Any]]]:
    there: dict[str, list[dict[str, Any]]] = {}
    for each in found:
        there.setdefault(each.section, []).append(dict(each.wanted))
    return there
