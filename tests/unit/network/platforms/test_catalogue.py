"""Platforms are found by name, checked when they are read, and added without touching Yiwang."""

from __future__ import annotations

from pathlib import Path

import pytest

from yiwang.core.errors import EstateError, NotFoundError
from yiwang.inventory.checks.references import PLATFORMS
from yiwang.inventory.generate.ports import platforms as port_platforms
from yiwang.network.faults import NetworkError
from yiwang.network.platforms.catalogue import Platforms

OWN = """\
title: Maipu MyPower
vendor: Maipu
based_on: cisco_ios
netmiko: {driver: cisco_ios}
commands: {running: show running-config all}
marks: [{line: MyPower, weight: 30}]
"""


def estate_with(folder: Path, name: str, text: str) -> Path:
    (folder / "platforms").mkdir()
    (folder / "platforms" / f"{name}.yaml").write_text(text, "utf-8")
    return folder


def test_every_platform_that_an_estate_may_name_has_a_table_and_no_other_has() -> None:
    platforms = Platforms()

    assert platforms.names == tuple(sorted(PLATFORMS))
    assert set(platforms.all()) == set(PLATFORMS)
    assert set(port_platforms()) <= set(platforms.names)


def test_a_file_of_the_estate_adds_a_platform_that_says_only_what_differs(tmp_path: Path) -> None:
    found = Platforms(estate_with(tmp_path, "maipu_mypower", OWN)).find("maipu_mypower")

    base = Platforms().find("cisco_ios")
    assert found.commands.running == "show running-config all"
    assert found.commands.saved == base.commands.saved
    assert found.secrets == base.secrets
    assert found.snmp.objects == ()


def test_a_mistake_in_a_platform_file_is_told_with_its_place(tmp_path: Path) -> None:
    broken = OWN.replace("line: MyPower", "line: '(MyPower'")

    with pytest.raises(EstateError) as caught:
        Platforms(estate_with(tmp_path, "maipu_mypower", broken)).find("maipu_mypower")

    (finding,) = caught.value.findings
    assert str(finding.position).endswith("maipu_mypower.yaml:6:16")
    assert finding.error.id == "E0123"


def test_an_unknown_platform_is_told_with_the_nearest_name() -> None:
    with pytest.raises(NotFoundError) as caught:
        Platforms().find("huawei_vpr")

    assert caught.value.error.id == "E3001"
    assert "huawei_vrp" in caught.value.message


def test_a_platform_of_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NetworkError) as caught:
        Platforms(estate_with(tmp_path, "cisco_ios", OWN))

    assert caught.value.error.id == "E3002"


def test_platforms_based_on_each_other_are_refused(tmp_path: Path) -> None:
    estate = estate_with(tmp_path, "one", OWN.replace("cisco_ios\nn", "two\nn"))
    (tmp_path / "platforms" / "two.yaml").write_text(OWN.replace("cisco_ios\nn", "one\nn"), "utf-8")

    with pytest.raises(NetworkError) as caught:
        Platforms(estate).find("one")

    assert caught.value.message == 'the platform "one" is based on itself: one → two → one'
