"""The example estates load, check clean, hold what their documents demand, and leave for other tools."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from yiwang.inventory.checks import check_estate
from yiwang.inventory.divisions import find_division, read_villages
from yiwang.inventory.estate import Estate
from yiwang.inventory.exports import FORMATS, export_files
from yiwang.inventory.graph.places import picture
from yiwang.inventory.graph.svg import svg
from yiwang.inventory.graph.tree import tree
from yiwang.inventory.loading.load import load
from yiwang.inventory.plans.template import load_plan
from yiwang.inventory.selector import Selector
from yiwang.inventory.territory import Depth, territory

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples"
VILLAGES = ROOT.parent / "shared/data/villages.csv.gz"

# Name → code of the estate's own division, how deep it goes, the plan it has adopted.
CASES: dict[str, tuple[str, Depth, str]] = {
    "hebi": ("410600", "township", "hebi-2017"),
    "xinxiang": ("410700", "county", "xinxiang-2017"),
    "guiyang": ("520100", "township", "guiyang-2019"),
    "suqian": ("321300", "township", "suqian-2013"),
    "ziyang": ("610924", "township", "ziyang-2016"),
}

# The platforms and systems that 鹤政〔2017〕6号 names, each by words of its title.
NAMED_IN_HEBI = (
    "网上政务服务平台", "移动端APP", "政务数据共享交换平台", "政务大数据平台", "大数据中心", "电子证照管理系统",
    "电子证照库",
    "社会信用信息共享平台", "政务服务运行管理系统", "权力事项管理系统", "投资项目在线审批监管平台", "电子监察系统",
    "统一公共支付系统", "统一身份认证", "行政审批系统", "政府门户网站", "省电子政务安全监管系统",
    "公安便民服务系统", "人力资源和社会保障便民服务系统", "教育便民服务系统", "卫生计生便民服务系统",
    "人口基础数据库", "法人单位基础数据库", "宏观经济基础数据库", "自然资源和空间地理基础数据库",
    "公安主题数据库", "人力资源社会保障主题数据库", "住房城乡建设主题数据库", "教育主题数据库", "卫生主题数据库",
    "交通运输主题数据库",
)  # fmt: skip
NAMED_IN_SUQIAN = (
    "网上政务大厅", "行政权力总库", "行政权力运行平台", "公共资源交易平台", "12345热线与网络问政平台", "法制监督平台",
    "综合电子监察平台", "政务服务绩效管理平台",
)  # fmt: skip
NAMED_IN_GUIYANG = (
    "微政务服务平台", "大数据统计分析展示系统", "智能咨询系统", "政务服务标准化管理系统", "一窗式服务系统",
    "督办督查系统",
    "“一号”管理系统", "一窗式实体大厅管理系统", "统一接口管理系统", "电子证照库",
)  # fmt: skip

CITY_DUE = "03-31 04-20 04-25 04-30 05-10 06-15 06-20 06-30 07-15 07-31 08-31 09-30 10-15 10-30 11-10 11-15 11-20 11-30"
COUNTY_DUE = "03-31 04-30 05-10 07-15 07-31 09-30 10-30 11-10 11-15 11-20 12-15"
INVESTMENT_BUREAUS = (
    "development-commission", "land-bureau", "environment-bureau", "housing-bureau", "transport-bureau", "water-bureau",
    "forestry-bureau", "work-safety-bureau", "relics-bureau", "weather-bureau",
)  # fmt: skip


@pytest.fixture(scope="module", params=CASES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def estates() -> dict[str, Estate]:
    return {name: load(EXAMPLES / name).require() for name in CASES}


@pytest.fixture
def estate(estates: dict[str, Estate], name: str) -> Estate:
    return estates[name]


@pytest.fixture
def hebi(estates: dict[str, Estate]) -> Estate:
    return estates["hebi"]


def test_every_folder_of_the_examples_is_tested() -> None:
    assert {each.name for each in EXAMPLES.iterdir() if each.is_dir()} == set(CASES)


def test_an_example_checks_clean_without_even_advice(estate: Estate) -> None:
    assert [str(finding) for finding in check_estate(estate)] == []


def test_an_example_covers_exactly_the_divisions_of_the_table(estate: Estate, name: str) -> None:
    code, depth, _ = CASES[name]
    place = territory(find_division(code), depth)

    declared = {
        code: (region.title, region.level) for code, region in estate.regions.items() if region.level != "village"
    }

    assert declared == {each.code: (each.name, each.level) for each in place.walk()}


def test_guiyang_goes_down_to_every_village_of_one_county(estates: dict[str, Estate]) -> None:
    if not VILLAGES.exists():
        pytest.skip("the table of villages is not there")
    estate = estates["guiyang"]
    known = read_villages(VILLAGES, "520123")

    declared = {code: region.title for code, region in estate.regions.items() if region.level == "village"}

    assert declared == {each.code: each.name for villages in known.values() for each in villages}
    served = {node.region for node in estate.nodes.values() if "service-point" in node.roles}
    assert declared.keys() <= served


def test_an_example_holds_every_duty_and_report_of_its_plan_on_its_day(estate: Estate, name: str) -> None:
    plan = load_plan(CASES[name][2])

    due = {key: (each.level, each.due) for key, each in estate.milestones.items()}

    assert due == {key: (each.level, each.due) for key, each in plan.milestones.items()}
    for key, schedule in plan.reports.items():
        made = [each for made, each in estate.reports.items() if made == key or made.startswith(f"{key}-")]
        assert made, key
        assert {(each.days, each.start) for each in made} == {(schedule.days, schedule.start)}


def test_every_owner_of_a_duty_and_every_reporter_has_a_contact(estate: Estate) -> None:
    names = {owner for milestone in estate.milestones.values() for owner in milestone.owners}
    names |= {each for report in estate.reports.values() for each in (report.owner, *report.recipients)}

    assert [each for each in sorted(names) if estate.organisations[each].contact is None] == []


def test_no_example_holds_a_secret_or_a_private_telephone(estate: Estate) -> None:
    phones = {each.contact.phone for each in estate.organisations.values() if each.contact and each.contact.phone}
    passwords = [device.credentials.password for device in estate.devices.values()]

    assert phones <= {"3317733"}
    assert all(str(each).startswith("vault:") for each in passwords)


@pytest.mark.parametrize("format", FORMATS)
def test_an_example_leaves_for_every_other_tool(estate: Estate, format: str, tmp_path: Path) -> None:
    found = FORMATS[format]

    files = export_files(found, estate, Selector(), tmp_path / found.example)

    assert files
    assert all(files.values())


def test_an_example_is_drawn_with_all_its_devices(estate: Estate) -> None:
    drawn = picture(estate, None, "village")

    assert {reach.name for place in drawn.root.walk() for reach in place.own} >= estate.devices.keys()
    assert ElementTree.fromstring(svg(estate, drawn)).tag.endswith("svg")
    assert tree(drawn).children


def test_hebi_holds_every_date_of_2017_for_the_city_and_for_the_counties(hebi: Estate) -> None:
    def days(level: str) -> set[date]:
        return {each.due for each in hebi.milestones.values() if each.level == level and each.due.year == 2017}

    assert set(_days(f"{CITY_DUE} 12-10 12-15")) <= days("city")
    assert set(_days(COUNTY_DUE)) <= days("county")


def _days(text: str) -> Iterator[date]:
    return (date.fromisoformat(f"2017-{each}") for each in text.split())


@pytest.mark.parametrize(
    ("example", "named"), [("hebi", NAMED_IN_HEBI), ("suqian", NAMED_IN_SUQIAN), ("guiyang", NAMED_IN_GUIYANG)]
)
def test_every_platform_that_the_document_names_is_declared(
    estates: dict[str, Estate], example: str, named: tuple[str, ...]
) -> None:
    titles = [system.title for system in estates[example].systems.values() if system.disposition == "connect"]

    assert [each for each in named if not any(each in title for title in titles)] == []


def test_the_ten_bureaus_of_investment_approval_each_have_a_connected_system(hebi: Estate) -> None:
    bound = {adapter.system for adapter in hebi.adapters.values()}
    owners = {hebi.systems[each].organisation for each in bound}

    assert set(INVESTMENT_BUREAUS) <= owners


def test_the_committees_that_no_division_knows_are_reached_over_two_lines(hebi: Estate) -> None:
    for committee in ("baoshan", "demonstration"):
        edge = hebi.organisations[f"office-{committee}"].access
        far = {end.owner for link in hebi.links.values() if edge in {e.owner for e in link.ends} for end in link.ends}

        assert {"core-410600-1", "core-410600-2", f"exchange-{committee}-1"} <= far


def test_hebi_uses_all_zones_and_the_routers_of_three_makers(hebi: Estate) -> None:
    assert {node.zone for node in hebi.nodes.values()} == {"public", "dedicated", "extranet", "internet-edge"}
    assert {device.platform for device in hebi.devices.values()} == {"huawei_vrp", "hp_comware", "frr"}


def test_every_filing_number_says_that_it_is_an_example(estate: Estate) -> None:
    numbers = [system.mlps.filed_no for system in estate.systems.values() if system.mlps]

    assert [each for each in numbers if each and not each.startswith("示例")] == []


def test_xinxiang_has_systems_of_every_disposition_and_networks_to_merge(estates: dict[str, Estate]) -> None:
    systems = estates["xinxiang"].systems.values()

    assert {each.disposition for each in systems} == {"connect", "merge", "abolish", "exempt"}
    assert [each for each in systems if each.network == "dedicated" and each.disposition in ("connect", "merge")]
    monthly = [each for each in estates["xinxiang"].reports.values() if each.kind == "monthly"]
    assert {(each.days, len(each.recipients)) for each in monthly} == {((3,), 3)}
