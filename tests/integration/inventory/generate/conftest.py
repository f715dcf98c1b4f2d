"""Generating, loading and checking estates in a folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from yiwang.inventory.checks import check_estate
from yiwang.inventory.estate import Estate
from yiwang.inventory.generate.estate import Generated, Wishes, generate
from yiwang.inventory.generate.folder import write_folder
from yiwang.inventory.loading.load import load
from yiwang.inventory.territory import Territory

Make = Callable[..., tuple[Estate, Generated]]


PLAIN = Wishes()


def loaded(folder: Path) -> tuple[Estate | None, list[str]]:
    loading = load(folder)
    checked = check_estate(loading.estate) if loading.estate else ()
    return loading.estate, [str(finding) for finding in (*loading.findings, *checked)]


@pytest.fixture
def complaints() -> Callable[[Path], list[str]]:
    """Everything that loading and all checks have to say about a folder, advice included."""
    return lambda folder: loaded(folder)[1]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Generate an estate into a new folder, load it and see that nothing is to be complained about."""

    def made(place: Territory, wishes: Wishes = PLAIN) -> tuple[Estate, Generated]:
        folder = tmp_path / f"{place.code}-{len(list(tmp_path.iterdir()))}"
        generated = generate(place, wishes)
        write_folder(folder, generated.files)
        estate, complaints = loaded(folder)
        assert complaints == []
        assert estate is not None
        return estate, generated

    return made
