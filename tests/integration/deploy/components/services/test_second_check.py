"""What was applied is what is declared: a second check finds nothing."""

import pytest

from .conftest import ROLES, Services

pytestmark = pytest.mark.xdist_group("lab")


@pytest.mark.parametrize("name", ROLES)
def test_a_second_check_is_empty_and_remembered(services: Services, name: str) -> None:
    services.node(name)

    checked = services.bench.check(name, *ROLES[name])

    assert [f"{change.component}: {change.title}" for change in checked.changes] == []
    assert checked.clean
