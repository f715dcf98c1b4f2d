"""Layers of the image: packages of a profile, installed once for all its hosts."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from yiwang.core.settings import load_settings
from yiwang.lab.command import LabError
from yiwang.lab.fixtures import lab_name, require_lab
from yiwang.lab.image.build import ensure_image
from yiwang.lab.image.repository import ensure_repository, seed_client
from yiwang.lab.layer import Recipe, ensure_layer
from yiwang.lab.profile import Profile

pytestmark = pytest.mark.xdist_group("lab")


def profile(*packages: str) -> Profile:
    note = {"etc/yiwang-note": "here before\n"}
    return Profile(title="试验", services=("ssh",), memory_mib=20, packages=packages, layer_files=note)


@pytest.fixture
def recipe() -> Iterator[Recipe]:
    require_lab()
    folder = load_settings().settings.lab.folder
    image = ensure_image(folder)
    repository = ensure_repository(folder, image)
    client = seed_client(repository, "file:/srv/yiwang/mirror")
    made = Recipe(lab_name("trial"), profile("tree"), image.path, repository.path, client)
    yield made
    shutil.rmtree(made.folder, ignore_errors=True)
    made.folder.with_suffix(".log").unlink(missing_ok=True)


def builders(recipe: Recipe) -> list[str]:
    """The processes that still work on a layer."""
    found = subprocess.run(["pgrep", "-f", str(recipe.folder)], capture_output=True, text=True, check=False)
    return [each for each in found.stdout.split() if each != str(os.getpid())]


def test_a_layer_holds_what_the_packages_change_and_nothing_that_helped_to_install_them(recipe: Recipe) -> None:
    layer = ensure_layer(recipe)

    assert (layer / "usr/bin/tree").exists()
    assert (layer / "etc/yiwang-note").read_text() == "here before\n"
    assert (layer / "etc/passwd").read_text() == (recipe.image / "etc/passwd").read_text()
    assert not (layer / "usr/sbin/policy-rc.d").exists()
    assert not list((layer / "var/lib/apt/lists").glob("*_Packages"))
    assert [each.name for each in recipe.folder.iterdir()] == ["root"]


def test_a_layer_that_is_there_is_not_made_again(recipe: Recipe) -> None:
    made = ensure_layer(recipe).stat()

    assert ensure_layer(recipe).stat().st_ino == made.st_ino


def test_of_two_callers_at_once_one_makes_the_layer(recipe: Recipe) -> None:
    told: list[str] = []

    with ThreadPoolExecutor(2) as pool:
        layers = list(pool.map(lambda _: ensure_layer(recipe, report=told.append), range(2)))

    assert layers[0] == layers[1]
    assert sum("installing" in each for each in told) == 1


@pytest.mark.parametrize("seconds", [0, 0.1, 0.2, 0.3])
def test_a_layer_whose_maker_was_killed_is_made_whole_by_the_next(recipe: Recipe, seconds: float) -> None:
    maker = multiprocessing.get_context("spawn").Process(target=ensure_layer, args=(recipe,))
    maker.start()
    partial = recipe.folder.with_name(f"{recipe.folder.name}.partial")
    while not (partial / "memory").exists() and maker.is_alive():
        time.sleep(0.01)
    time.sleep(seconds)
    os.kill(maker.pid or 0, signal.SIGKILL)
    maker.join()

    layer = ensure_layer(recipe)

    assert (layer / "usr/bin/tree").exists()
    assert builders(recipe) == []
    assert not partial.exists()
    assert str(recipe.folder) not in Path("/proc/self/mountinfo").read_text()


def test_a_package_that_the_repository_has_not_is_named_and_leaves_no_layer(recipe: Recipe) -> None:
    wrong = Recipe(recipe.name, profile("no-such-package"), recipe.image, recipe.repository, recipe.client)

    with pytest.raises(LabError, match="E6360") as raised:
        ensure_layer(wrong)

    assert "Unable to locate package no-such-package" in raised.value.message
    assert wrong.folder.with_suffix(".log").exists()
    assert not wrong.folder.exists()
    wrong.folder.with_suffix(".log").unlink()
