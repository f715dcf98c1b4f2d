"""The recipe of a node image: what is in it, and what makes it another one."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from yiwang.core.debian.sources import Source, Sources
from yiwang.lab.image.recipe import (
    Differences,
    Recipe,
    differences,
    image_packages,
    not_rehearsed,
    tree,
)
from yiwang.lab.seed import SeedFile, text

SOURCES = Sources("bookworm", (Source({"Types": "deb", "URIs": "http://m.example/debian", "Suites": "bookworm"}),))


@pytest.fixture
def recipe() -> Recipe:
    return Recipe("amd64", SOURCES, tuple(image_packages()), differences(), tree())


def test_the_same_recipe_has_the_same_id(recipe: Recipe) -> None:
    again = Recipe("amd64", Sources("bookworm", SOURCES.entries), tuple(image_packages()), differences(), dict(tree()))

    assert again.id == recipe.id
    assert len(recipe.id) == 12


def other_masks(recipe: Recipe) -> Differences:
    return replace(recipe.differences, masked={**recipe.differences.masked, "x.service": "not here"})


@pytest.mark.parametrize(
    "change",
    [
        lambda recipe: replace(recipe, architecture="arm64"),
        lambda recipe: replace(recipe, packages=recipe.packages[1:]),
        lambda recipe: replace(recipe, sources=replace(recipe.sources, suite="trixie")),
        lambda recipe: replace(recipe, sources=Sources("bookworm", SOURCES.entries * 2)),
        lambda recipe: replace(recipe, differences=other_masks(recipe)),
        lambda recipe: replace(recipe, tree={**recipe.tree, "etc/motd": text("hello")}),
        lambda recipe: replace(recipe, tree={**recipe.tree, "etc/machine-id": SeedFile(mode=0o600)}),
    ],
    ids=["architecture", "packages", "suite", "sources", "masks", "file", "mode"],
)
def test_any_change_of_the_recipe_changes_the_id(recipe: Recipe, change: Callable[[Recipe], Recipe]) -> None:
    assert change(recipe).id != recipe.id


def test_masked_units_and_silenced_generators_lead_nowhere(recipe: Recipe) -> None:
    assert recipe.overlay["etc/systemd/system/systemd-udevd.service"].target == "/dev/null"
    assert recipe.overlay["etc/systemd/system-generators/systemd-getty-generator"].target == "/dev/null"


def test_every_difference_has_a_reason(recipe: Recipe) -> None:
    found = recipe.differences

    for table in (found.masked, found.silenced, found.disabled, found.removed, image_packages(), not_rehearsed()):
        assert all(table.values())


def test_the_readme_of_the_tree_stays_at_home(recipe: Recipe) -> None:
    assert "README" not in recipe.tree
    assert "etc/systemd/system/yiwang-sysctl.service" in recipe.tree


def test_what_keeps_systemd_itself_alive_is_not_masked(recipe: Recipe) -> None:
    needed = {"systemd-journald.service", "systemd-logind.service", "dbus.service", "timers.target", "ssh.service"}

    assert needed.isdisjoint(recipe.differences.masked)


@pytest.mark.parametrize(
    ("path", "is_left_out"),
    [
        ("/usr/share/doc/frr/README.md", True),
        ("/usr/share/doc/frr/copyright", False),
        ("/usr/share/man/man8/zebra.8.gz", True),
        ("/usr/share/locale/de/LC_MESSAGES/apt.mo", True),
        ("/usr/share/locale/zh_CN/LC_MESSAGES/apt.mo", False),
        ("/usr/share/zoneinfo/Asia/Shanghai", False),
    ],
)
def test_manuals_and_other_languages_are_left_out_and_licences_stay(
    recipe: Recipe, path: str, is_left_out: bool
) -> None:
    assert recipe.is_excluded(path) is is_left_out
