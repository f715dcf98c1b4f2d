"""The estates that the exports are tried on."""

from __future__ import annotations

from pathlib import Path

import pytest

from yiwang.inventory.estate import Estate
from yiwang.inventory.loading.load import load

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="session")
def small() -> Estate:
    return load(ROOT / "tests/estates/small").require()
