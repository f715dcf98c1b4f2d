"""A copy of the small estate that a test may change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "estate"
    shutil.copytree(ROOT / "tests/estates/small", target)
    return target
