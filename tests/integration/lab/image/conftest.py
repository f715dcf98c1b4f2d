"""The machine's own node image and package repository, built once and kept for later runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from yiwang.core.settings import load_settings
from yiwang.lab.fixtures import require_lab
from yiwang.lab.image.build import Image, ensure_image
from yiwang.lab.image.repository import Repository, ensure_repository


@pytest.fixture(scope="session")
def lab_folder() -> Path:
    """The folder where images and repositories are kept."""
    require_lab()
    return load_settings().settings.lab.folder


@pytest.fixture(scope="session")
def image(lab_folder: Path) -> Image:
    """This machine's image."""
    return ensure_image(lab_folder)


@pytest.fixture(scope="session")
def repository(lab_folder: Path, image: Image) -> Repository:
    """The package repository that belongs to it."""
    return ensure_repository(lab_folder, image)
