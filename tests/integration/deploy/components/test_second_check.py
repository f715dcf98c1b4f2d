"""What was applied is what is declared: a second check finds nothing."""

import pytest

from .conftest import Bench

pytestmark = pytest.mark.xdist_group("lab")


def test_a_second_check_is_empty_and_remembered(platform: Bench, role: tuple[str, tuple[str, ...]]) -> None:
    name, components = role

    checked = platform.check(name, *components)

    assert [change.title for change in checked.changes] == []
    assert checked.clean
