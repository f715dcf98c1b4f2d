"""Every city of China, and every county and municipality that stands in a city's place, gets a clean estate."""

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yiwang.inventory.divisions import Division, divisions_below, townships, upper_divisions
from yiwang.inventory.estate import Estate
from yiwang.inventory.generate.estate import Generated, Wishes
from yiwang.inventory.generate.ports import platforms
from yiwang.inventory.territory import territory

Make = Callable[..., tuple[Estate, Generated]]
PROVINCES = [each.code for each in divisions_below("")]
COUNTIES = [each for each in upper_divisions().values() if each.level == "county"]


def in_a_citys_place(province: str) -> list[Division]:
    below = divisions_below(province)
    return list(below) if any(each.level == "city" for each in below) else [upper_divisions()[province]]


@pytest.mark.parametrize("province", PROVINCES)
def test_every_city_of_a_province_gets_an_estate_that_loads_and_checks_clean(province: str, make: Make) -> None:
    for division in in_a_citys_place(province):
        place = territory(division)

        estate, generated = make(place)

        assert generated.is_in_plan
        levels = Counter(region.level for region in estate.regions.values())
        known = townships(province[:2])
        codes = [each.code for each in place.walk() if each.level == "township"]
        assert levels["township"] == len(codes) == sum(len(known.get(each.code, ())) for each in place.walk())
        assert {f"access-{code}" for code in codes} <= estate.devices.keys()
        assert {f"desk-{code}" for code in codes} <= estate.nodes.keys()
        for each in place.walk():
            if each.level == "county" and each is not place:
                assert f"exchange-{each.code}-1" in estate.nodes
                assert {f"uplink-{each.code}-1", f"uplink-{each.code}-2"} <= estate.links.keys()


def test_the_cities_of_the_statistics_are_all_covered() -> None:
    covered = [division for province in PROVINCES for division in in_a_citys_place(province)]

    # 342 in the table: 333 governments, 5 headings in 4 municipalities, and 4 headings of
    # counties that lie directly below a province.
    assert sum(each.level == "city" for each in covered) == 333
    assert [each.name for each in covered if each.level == "province"] == ["北京市", "天津市", "上海市", "重庆市"]
    assert sum(each.level == "county" for each in covered) == 32


@given(division=st.sampled_from(COUNTIES), platform=st.sampled_from(sorted(platforms())))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_county_gets_an_estate_of_its_own_on_any_platform(division: Division, platform: str, make: Make) -> None:
    estate, _generated = make(territory(division), Wishes(platform=platform))

    assert {f"core-{division.code}-1", f"core-{division.code}-2"} <= estate.devices.keys()
    assert {device.platform for device in estate.devices.values()} == {platform}


@pytest.mark.parametrize("province", ["460000", "410000"])
def test_a_province_gets_an_estate_with_cores_in_every_city(province: str, make: Make) -> None:
    estate, _generated = make(territory(upper_divisions()[province]))

    cities = [code for code, region in estate.regions.items() if region.level == "city"]
    assert cities
    for city in cities:
        own = estate.devices[f"core-{city}-1"].routing.bgp
        assert [each.as_number for each in own] == [estate.regions[province].as_number]
    assert estate.nodes[f"monitor-{cities[0]}-1"].ntp == (f"dns-{cities[0]}-1", f"dns-{cities[0]}-2")


def test_an_estate_down_to_the_counties_has_no_township(make: Make) -> None:
    estate, _generated = make(territory(upper_divisions()["410600"], "county"))

    assert {region.level for region in estate.regions.values()} == {"city", "county"}


def test_an_estate_down_to_the_villages_has_a_service_point_in_each(make: Make) -> None:
    place = territory(upper_divisions()["410621"])
    names = {
        each.code: tuple(Division(f"{each.code}{n:03}", f"{n}村", "village", each.code) for n in range(1, 130))
        for each in place.below
    }

    estate, generated = make(territory(upper_divisions()["410621"], "village", names))

    assert not generated.is_in_plan
    villages = [code for code, region in estate.regions.items() if region.level == "village"]
    assert len(villages) == 11 * 129
    assert {f"point-{code}" for code in villages} <= estate.nodes.keys()


def test_an_estate_on_the_provinces_platform_leaves_portal_and_big_data_to_it(make: Make) -> None:
    own, _generated = make(territory(upper_divisions()["410600"]))
    provincial, _generated = make(territory(upper_divisions()["410600"]), Wishes(platform_mode="provincial"))

    assert own.nodes.keys() - provincial.nodes.keys() == {"web-410600-1", "bigdata-410600-1"}
    assert provincial.header.platform_mode == "provincial"
