"""Waves of a run are called after the waves of the plan that it carries out."""

from yiwang.deploy.headings import headings


def test_what_comes_before_an_apply_and_the_gates_after_it_bear_its_title() -> None:
    kinds = ("deploy.apply", "deploy.gate", "deploy.go", "deploy.wait", "deploy.apply", "deploy.gate")

    found = headings(["canary", "county"], dict(enumerate(kinds)))

    assert found == {0: "canary", 1: "canary", 2: "county", 3: "county", 4: "county", 5: "county"}


def test_a_run_with_more_waves_than_its_plan_leaves_them_without_a_title() -> None:
    assert headings(["one"], {0: "deploy.gate", 1: "deploy.apply"}) == {0: "one"}
