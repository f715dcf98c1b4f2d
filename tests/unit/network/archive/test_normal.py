"""What changes by itself does not become a change in the archive."""

from __future__ import annotations

from yiwang.network.archive.normal import normal
from yiwang.network.platforms.catalogue import Platforms

PLATFORMS = Platforms()


def test_two_readings_of_one_configuration_have_one_normal_form() -> None:
    first = """\
Building configuration...

Current configuration : 8634 bytes
!
! Last configuration change at 01:35:38 UTC Wed Mar 3 2021 by cisco
!
hostname d1
ntp clock-period 36029056
end
"""
    second = first.replace("8634", "8640").replace("01:35:38", "02:00:00").replace("36029056", "36029999")
    ios = PLATFORMS.find("cisco_ios")

    assert normal(ios, "running", first) == normal(ios, "running", second.replace("\n", "\r\n"))
    assert normal(ios, "running", first) == "!\n!\nhostname d1\nend\n"


def test_how_long_a_device_runs_matters_in_no_version_but_a_description_of_it_stays() -> None:
    vrp = PLATFORMS.find("huawei_vrp")

    assert normal(vrp, "version", "HUAWEI NE40E uptime is 5 days\nVRP (R) software\n") == "VRP (R) software\n"
    assert "uptime" in normal(vrp, "running", " description uptime is all\n")


def test_nothing_stays_nothing() -> None:
    assert normal(PLATFORMS.find("frr"), "running", "\n\nBuilding configuration...\n\n") == ""
