"""Plans: whole, consistent, adopted once, the office's edits kept."""

import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from yiwang.cli.main import run
from yiwang.core.errors import EstateError, NotFoundError, UsageError
from yiwang.inventory.checks import check_estate
from yiwang.inventory.loading.load import load
from yiwang.inventory.model import LEVELS
from yiwang.inventory.plans.adopt import CITY_OFFICE, COUNTIES, OFFICE
from yiwang.inventory.plans.template import load_plan, plan_names
from yiwang.inventory.plans.write import adopt_into

CITY_PLANS = [name for name in plan_names() if load_plan(name).level == "city"]


@pytest.fixture
def hebi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A new estate of a city."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    run(["init", "410600", str(tmp_path / "hebi"), "--depth", "county"])
    capsys.readouterr()
    return tmp_path / "hebi"


@pytest.mark.parametrize("name", plan_names())
def test_a_plan_refers_only_to_what_it_declares_and_to_nothing_later(name: str) -> None:
    plan = load_plan(name)
    known = {*plan.organisations, OFFICE, COUNTIES, CITY_OFFICE}

    used = {owner for duty in plan.milestones.values() for owner in duty.owners}
    used |= {each for report in plan.reports.values() for each in (report.owner, *report.recipients)}

    assert used <= known
    assert set(plan.organisations) <= used
    for duty in plan.milestones.values():
        assert all(plan.milestones[before].due <= duty.due for before in duty.depends_on)
        assert duty.source
        assert LEVELS.index(duty.level) >= LEVELS.index(plan.level)
    assert plan.start == min(duty.due for duty in plan.milestones.values())


def test_the_plans_name_their_duties_apart_from_each_other() -> None:
    names = Counter(name for plan in plan_names() for name in load_plan(plan).milestones)

    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(
    ("plan", "duty", "due"),
    [
        ("hebi-2017", "city-device-credentials", "2017-04-25"),
        ("hebi-2017", "city-extranet", "2017-04-30"),
        ("hebi-2017", "county-extranet-departments", "2017-04-30"),
        ("hebi-2017", "county-extranet-townships", "2017-07-15"),
        ("hebi-2017", "county-security-supervision", "2017-07-31"),
        ("hebi-2017", "city-full-coverage", "2017-12-15"),
        ("hebi-2017", "year-2020-websites", "2020-12-31"),
        ("guiyang-2019", "handheld-100", "2019-05-31"),
        ("guiyang-2019", "systems-connected", "2019-12-31"),
        ("xinxiang-2017", "self-inspection-city", "2017-11-25"),
        ("xinxiang-2017", "dedicated-networks-merged", "2018-06-30"),
        ("suqian-2013", "platform-developed", "2014-06-20"),
        ("ziyang-2016", "town-halls", "2016-11-30"),
    ],
)
def test_the_dates_are_those_of_the_documents(plan: str, duty: str, due: str) -> None:
    assert str(load_plan(plan).milestones[duty].due) == due


def test_the_reports_fall_due_on_the_documents_days() -> None:
    ten_day = load_plan("hebi-2017").reports["ten-day"]
    monthly = load_plan("xinxiang-2017").reports["monthly"]

    assert (ten_day.days, str(ten_day.start)) == ((9, 19, 29), "2017-04-09")
    assert (monthly.days, str(monthly.start), len(monthly.recipients)) == ((3,), "2017-11-10", 3)


def test_all_plans_of_a_city_can_be_adopted_one_after_the_other(hebi: Path) -> None:
    for name in CITY_PLANS:
        assert run(["inventory", "adopt", name, "-e", str(hebi)]) == 0

    estate = load(hebi).require()
    assert len(estate.milestones) == sum(len(load_plan(name).milestones) for name in CITY_PLANS)
    assert [str(finding) for finding in check_estate(estate)] == []
    counties = [code for code, region in estate.regions.items() if region.level == "county"]
    assert {f"ten-day-{code}" for code in counties} <= estate.reports.keys()
    assert set(estate.milestones["county-started"].owners) == {f"office-{code}" for code in counties}
    assert estate.organisations["smart-city-office"].title == "鹤壁市智慧城市管理办公室"


def test_adopting_twice_changes_nothing_and_keeps_the_offices_edits(
    hebi: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["inventory", "adopt", "hebi-2017", "-e", str(hebi)])
    file = hebi / "milestones.yaml"
    edited = file.read_text(encoding="utf-8").replace("due: 2017-04-25", "due: 2017-04-28  # 经省里同意", 1)
    file.write_text(edited, encoding="utf-8")
    capsys.readouterr()

    assert run(["inventory", "adopt", "hebi-2017", "-e", str(hebi), "-o", "json"]) == 0

    assert json.loads(capsys.readouterr().out)["items"] == []
    assert file.read_text(encoding="utf-8") == edited


def test_a_duty_that_was_removed_comes_back_beside_the_edited_ones(hebi: Path) -> None:
    run(["inventory", "adopt", "suqian-2013", "-e", str(hebi)])
    file = hebi / "milestones.yaml"
    text = file.read_text(encoding="utf-8").replace("milestones:\n", "# 市办修改\nmilestones:\n")
    start = text.index("  cloud-trial:")
    file.write_text(text[:start], encoding="utf-8")

    assert run(["inventory", "adopt", "suqian-2013", "-e", str(hebi)]) == 0

    assert "cloud-trial" in load(hebi).require().milestones
    assert "# 市办修改" in file.read_text(encoding="utf-8")


def test_all_dates_move_along_with_the_start(hebi: Path) -> None:
    assert run(["inventory", "adopt", "hebi-2017", "--start", "2026-03-02", "-e", str(hebi)]) == 0

    plan, estate = load_plan("hebi-2017"), load(hebi).require()
    moved = date(2026, 3, 2) - plan.start
    assert moved > timedelta(0)
    assert {name: duty.due + moved for name, duty in plan.milestones.items()} == {
        name: duty.due for name, duty in estate.milestones.items()
    }
    assert estate.reports["ten-day-410621"].start == date(2017, 4, 9) + moved


def test_a_dry_run_writes_nothing(hebi: Path) -> None:
    before = {file: file.read_bytes() for file in hebi.rglob("*") if file.is_file()}

    assert run(["inventory", "adopt", "hebi-2017", "--dry-run", "-e", str(hebi)]) == 0

    assert {file: file.read_bytes() for file in hebi.rglob("*") if file.is_file()} == before


def test_a_county_adopts_the_counties_part_of_a_citys_plan(tmp_path: Path) -> None:
    run(["init", "410621", str(tmp_path / "xunxian"), "--plan", "hebi-2017", "--plan", "ziyang-2016"])

    estate = load(tmp_path / "xunxian").require()
    assert {duty.level for duty in estate.milestones.values()} == {"county", "township"}
    assert estate.milestones["county-extranet-townships"].owners == ("office-410621",)
    assert estate.reports["ten-day-410621"].recipients == ("upper-office",)
    assert estate.organisations["upper-office"].title == "鹤壁市人民政府办公室"
    assert [str(finding) for finding in check_estate(estate)] == []


def test_a_plan_of_ones_own_is_read_from_a_file(hebi: Path, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        "title: 自定计划\ndocument: 鹤政办〔2026〕1号\nlevel: city\nstart: 2026-01-31\n"
        "milestones:\n  own-duty: {title: 任务, level: city, due: 2026-01-31, owners: [office], evidence: own-query}\n"
    )

    assert run(["inventory", "adopt", str(file), "-e", str(hebi)]) == 0

    assert load(hebi).require().milestones["own-duty"].owners == ("office-410600",)


def test_a_plan_that_is_unknown_or_wrong_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("title: x\ndocument: y\nlevel: city\nstart: 2026-02-30\nmilestones: {}\n")

    with pytest.raises(NotFoundError, match="E1421") as caught:
        load_plan("hebi-2071")
    assert "hebi-2017" in caught.value.message
    with pytest.raises(EstateError) as mistaken:
        load_plan(str(wrong))
    assert "wrong.yaml:4:8" in str(mistaken.value.findings[0])


def test_the_list_shows_every_plan_with_its_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inventory", "plans", "-o", "json"]) == 0

    rows = {row["plan"]: row for row in json.loads(capsys.readouterr().out)["items"]}
    assert set(rows) == set(plan_names())
    assert rows["hebi-2017"]["milestones"] == len(load_plan("hebi-2017").milestones)


def test_when_one_file_cannot_be_written_none_is(hebi: Path) -> None:
    estate = load(hebi).require()
    before = {file: file.read_bytes() for file in hebi.rglob("*.yaml")}
    (hebi / "milestones.yaml").symlink_to("/proc/nowhere/milestones.yaml")

    with pytest.raises(UsageError, match="E0130"):
        adopt_into(estate, load_plan("hebi-2017"))

    assert {file: file.read_bytes() for file in hebi.rglob("*.yaml") if not file.is_symlink()} == before
