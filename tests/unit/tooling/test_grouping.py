"""What the parallel run of the tests promises to those that share a machine-wide thing."""

import os

import pytest


@pytest.mark.xdist_group("grouping")
@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process runs all tests")
def test_tests_of_one_group_are_kept_together(request: pytest.FixtureRequest) -> None:
    assert request.node.nodeid.endswith("@grouping")
