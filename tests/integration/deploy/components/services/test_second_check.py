"""What was applied is what is declared: a second check finds nothing."""

import pytest

from .conftest import ROLES, Services

OPENING = {"monitor-1", "database-1", "backup-1"}
"""Roles that open secrets: these may be others the next time, so that no verdict about them is remembered."""

pytestmark = pytest.mark.xdist_group("lab")


@pytest.mark.parametrize("name", ROLES)
def test_a_second_check_is_empty_and_remembered_where_no_secret_is_opened(services: Services, name: str) -> None:
    services.node(name)

    checked = services.bench.check(name, *ROLES[name])

    assert [f"{change.component}: {change.title}" for change in checked.changes] == []
    assert bool(checked.clean) is (name not in OPENING)
