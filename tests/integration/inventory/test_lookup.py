"""Finding one object by name, kind and name, or a region's title."""

from pathlib import Path

import pytest

from yiwang.core.errors import NotFoundError
from yiwang.inventory.loading.load import load
from yiwang.inventory.lookup import find_object

BASE = load(Path(__file__).parent / "base").require()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("desk-101", ("nodes", "desk-101")),
        ("edge-621", ("devices", "edge-621")),
        ("systems/approval", ("systems", "approval")),
        ("adapter/approval", ("adapters", "approval")),
        ("410621", ("regions", "410621")),
        ("浚县", ("regions", "410621")),
    ],
)
def test_an_object_is_found_by_its_name_whatever_its_kind(given: str, expected: tuple[str, str]) -> None:
    assert find_object(BASE, given)[:2] == expected


@pytest.mark.parametrize("given", ["desk-110", "nodes/core-1", "nonsense/core-1", ""])
def test_what_is_not_there_is_an_error_that_looks_for_the_nearest_name(given: str) -> None:
    with pytest.raises(NotFoundError, match="E1023"):
        find_object(BASE, given)
