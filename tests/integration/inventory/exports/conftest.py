"""The estates that the exports are tried on."""

from __future__ import annotations

from pathlib import Path

import pytest

from yiwang.cli.main import run
from yiwang.inventory.estate import Estate
from yiwang.inventory.loading.load import load

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="session")
def small() -> Estate:
    return load(ROOT / "tests/estates/small").require()


@pytest.fixture(scope="session")
def hebi(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    """A whole generated city: 鹤壁市 with its counties and townships."""
    folder = tmp_path_factory.mktemp("hebi") / "estate"
    assert run(["init", "410600", str(folder)]) == 0
    return load(folder).require()
