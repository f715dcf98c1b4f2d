"""A configuration counts as whole only when it ends as its platform's do."""

from __future__ import annotations

from pathlib import Path

import pytest

from yiwang.core.i18n import use
from yiwang.lab.personality.catalogue import platform_names
from yiwang.lab.personality.serving import default_configuration
from yiwang.network.collect.completeness import doubt
from yiwang.network.platforms.catalogue import Platforms
from yiwang.network.platforms.model import Completeness, Platform

CORPUS = Path(__file__).parents[5] / "shared" / "corpus"
WHOLE = [file for name in ("cisco_ios", "huawei_vrp") for file in sorted((CORPUS / name).glob("*.cfg"))]
CUT = ("huawei_vrp/0139.cfg",)
"""An example that somebody wrote by hand, without an end."""


@pytest.fixture(autouse=True)
def _english() -> None:
    use("en")


@pytest.fixture(scope="module")
def platforms() -> Platforms:
    return Platforms()


@pytest.mark.parametrize("name", platform_names())
def test_a_configuration_cut_anywhere_is_doubted(platforms: Platforms, name: str) -> None:
    platform, text = platforms.find(name), default_configuration(name, "lab-1")

    assert doubt(platform, text) == ""
    lines = text.rstrip().splitlines(keepends=True)
    assert all(doubt(platform, "".join(lines[:count])) for count in range(len(lines) - 1))


@pytest.mark.skipif(not WHOLE, reason="the corpus is not beside the project")
@pytest.mark.parametrize("file", WHOLE, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_configurations_of_real_devices_are_whole(platforms: Platforms, file: Path) -> None:
    is_cut = f"{file.parent.name}/{file.name}" in CUT

    found = doubt(platforms.find(file.parent.name), file.read_bytes().decode("utf-8", "replace"))

    assert bool(found) is is_cut


def test_a_bare_prompt_is_no_configuration(platforms: Platforms) -> None:
    assert "needed" in doubt(platforms.find("cisco_ios"), "r1#\n")


def test_where_no_end_is_known_a_much_smaller_one_is_doubted(platforms: Platforms) -> None:
    endless = platforms.find("cisco_ios").model_copy(update={"completeness": Completeness(end=None)})
    assert isinstance(endless, Platform)

    assert doubt(endless, "line\n" * 100, last_bytes=900) == ""
    assert "the last one had 1100" in doubt(endless, "line\n" * 100, last_bytes=1100)
