"""The kernel is asked, and nothing of the asking stays."""

import os
from pathlib import Path

import pytest

from yiwang.core.errors import NotFoundError
from yiwang.lab.command import LabError
from yiwang.lab.kernel import FEATURES, has, offers

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may make namespaces")


def test_no_feature_is_asked_for_twice() -> None:
    names = [feature.name for feature in FEATURES]

    assert len(set(names)) == len(names)


def test_a_feature_that_nobody_asks_about_is_refused_with_the_nearest() -> None:
    with pytest.raises(NotFoundError, match="E6150") as caught:
        has("netme")

    assert '"netem"' in caught.value.message


@as_root
def test_every_feature_is_known_to_be_here_or_not_without_a_trace_on_the_machine() -> None:
    before = _network()

    found = offers()

    assert len(found) == len(FEATURES)
    assert _network() == before


@as_root
def test_what_every_linux_with_namespaces_has_is_found() -> None:
    assert has("veth")
    assert has("bridge-isolation")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may ask")
def test_without_root_the_kernel_is_not_asked() -> None:
    with pytest.raises(LabError, match="E6030"):
        has("veth")


def _network() -> tuple[set[str], bool]:
    interfaces = {each.name for each in Path("/sys/class/net").iterdir()}
    return {name for name in interfaces if name.startswith("x")}, Path("/sys/class/net/x0").exists()
