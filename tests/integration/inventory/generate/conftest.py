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


def complaints_about(folder: Path) -> list[str]:
    loading = load(folder)
    checked = check_estate(loading.estate) if loading.estate else ()
    return [str(finding) for finding in (*loading.findings, *checked)]


@pytest.fixture
def complaints() -> Callable[[Path], list[str]]:
    """Everything that loading and all checks have to say about a folder, advice included."""
    return complaints_about


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Generate an estate into a new folder, load it and see that nothing is to be complained about."""

    def made(place: Territory, wishes: Wishes = Wishes()) -> tuple[Estate, Generated]:
        folder = tmp_path / f"{place.code}-{len(list(tmp_path.iterdir()))}"
        generated = generate(place, wishes)
        write_folder(folder, generated.files)
        assert complaints_about(folder) == []
        return load(folder).require(), generated

    return made
