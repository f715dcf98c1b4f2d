"""Importing a list changes what it says and nothing else, and twice is once."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yiwang.core.errors import UsageError
from yiwang.inventory.estate import Estate
from yiwang.inventory.exports import FORMATS, export_files
from yiwang.inventory.lists.change import Plan, plan_import
from yiwang.inventory.lists.columns import listings
from yiwang.inventory.lists.edit import apply
from yiwang.inventory.lists.sheet import read_sheet
from yiwang.inventory.lists.template import template
from yiwang.inventory.loading.load import load
from yiwang.inventory.selector import Selector

ROOT = Path(__file__).resolve().parents[4]


def planned(folder: Path, kind: str, text: str | Path, region: str | None = None) -> tuple[Estate, Plan]:
    file = text if isinstance(text, Path) else folder.parent / "list.csv"
    if isinstance(text, str):
        file.write_text(text)
    estate = load(folder).require()
    return estate, plan_import(estate, kind, read_sheet(file, listings()[kind]), region=region)


def imported(folder: Path, kind: str, text: str | Path, region: str | None = None) -> tuple[Path, ...]:
    estate, plan = planned(folder, kind, text, region)
    assert plan.findings == ()
    return apply(estate, plan.changes)


def contents(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in sorted(folder.rglob("*.yaml"))}


def removed_and_added(before: str, after: str) -> tuple[set[str], set[str]]:
    old, new = before.splitlines(), after.splitlines()
    return set(old) - set(new), set(new) - set(old)


ORGANISATIONS = "单位名称,所属区划,联系人,电话\n浚县财政局,浚县,李四,0392-5520001\n浚县教育局,浚县,王五,0392-5520002\n"


def test_only_what_differs_is_written_and_comments_stay(folder: Path) -> None:
    before = contents(folder)

    imported(folder, "organisations", ORGANISATIONS)

    after = contents(folder)
    assert {name for name in before if before[name] != after[name]} == {"estate.yaml"}
    gone, new = removed_and_added(before["estate.yaml"], after["estate.yaml"])
    assert gone == {"    contact: {name: 李四}   # 代理"}
    assert "    contact: {name: 李四, phone: 0392-5520001} # 代理" in new
    assert {"# 牵头单位", "# 鹤壁市的缩影：一市两县三乡镇。"} <= {
        line.strip() for line in after["estate.yaml"].splitlines()
    }
    assert load(folder).require().organisations["org-410621-001"].title == "浚县教育局"


def test_importing_again_changes_nothing(folder: Path) -> None:
    imported(folder, "organisations", ORGANISATIONS)
    before = contents(folder)

    estate, plan = planned(folder, "organisations", ORGANISATIONS)

    assert {change.action for change in plan.changes} == {"unchanged"}
    assert apply(estate, plan.changes) == ()
    assert contents(folder) == before


def test_a_ledger_that_was_written_is_read_back_without_a_change(folder: Path) -> None:
    estate = load(folder).require()
    (content,) = export_files(FORMATS["xlsx"], estate, Selector(), folder.parent / "ledger.xlsx").values()
    file = folder.parent / "ledger.xlsx"
    file.write_bytes(content)

    for kind in ("organisations", "devices", "nodes", "addresses", "systems"):
        _estate, plan = planned(folder, kind, file)
        assert plan.findings == ()
        assert {change.action for change in plan.changes} == {"unchanged"}, kind
        assert len(plan.changes) > 0


def test_addresses_go_to_interfaces_zones_and_management(folder: Path) -> None:
    imported(
        folder,
        "addresses",
        "设备,接口,IP地址,说明\nxun-edge-1,GE0/0/2,59.201.1.4/31,至善堂\nxun-edge-1,,59.202.1.9,\n"
        "log-1,政务专有云,10.1.0.11/24,\n",
    )

    estate = load(folder).require()
    edge = estate.devices["xun-edge-1"]
    assert (str(edge.interfaces["GE0/0/2"].address), edge.interfaces["GE0/0/2"].description) == (
        "59.201.1.4/31",
        "至善堂",
    )
    assert str(edge.management) == "59.202.1.9"
    assert str(estate.nodes["log-1"].addresses["dedicated"]) == "10.1.0.11/24"


def test_new_objects_go_to_their_neighbours_file(folder: Path) -> None:
    text = "标识,名称,行政区划,品牌,设备角色,管理IP\nqi-edge-2,淇县备用,淇县,华为,汇聚,59.202.1.3\n"

    files = imported(folder, "devices", text)

    assert [file.name for file in files] == ["qixian.yaml"]
    written = contents(folder)["counties/qixian.yaml"]
    assert "  qi-edge-2:\n    title: 淇县备用\n" in written
    assert 'region: "410622"' in written
    assert "region: 410622" not in written
    assert written.index("qi-edge-2") < written.index("links:")


def test_a_layer_that_says_the_same_is_not_repeated(folder: Path) -> None:
    text = "标识,名称,角色,平台\nxun-edge-1,浚县汇聚路由器,汇聚,华为\n"

    assert imported(folder, "devices", text) == ()


def test_titles_stand_for_organisations_sites_and_regions(folder: Path) -> None:
    text = (
        "系统名称,责任单位,主要功能,使用对象,使用频度,部署方式,处置意见,等保级别,备案编号\n"
        "OA,浚县财政局,办公,全局,每日,本地,接入,三级,41062100012\n"
    )

    imported(folder, "systems", text)

    (system,) = [each for each in load(folder).require().systems.values() if each.title == "OA"]
    assert (system.organisation, system.frequency, system.hosting) == ("xun-finance", "daily", "legacy")
    assert system.mlps is not None
    assert (system.mlps.level, system.mlps.filed_no) == (3, "41062100012")


def test_region_option_holds_for_rows_that_name_none(folder: Path) -> None:
    imported(folder, "organisations", "单位名称,联系人\n淇县财政局,赵六\n", region="淇县")

    assert load(folder).require().organisations["org-410622-001"].title == "淇县财政局"


def test_every_mistake_is_named_at_its_cell_and_nothing_is_written(folder: Path) -> None:
    before = contents(folder)
    text = (
        "标识,名称,行政区划,平台,角色,管理地址,SSH端口\n"
        "Core_1,a,浚县,华为,核心,59.202.0.9,22\n"
        "b,b,濬县,华为,核心,59.202.0.10,22\n"
        "c,c,浚县,华为,核芯,59.202.0.300,99999\n"
        "core-1,d,鹤壁市,华为,核心,59.202.0.1,22\n"
        "core-1,e,鹤壁市,华为,核心,59.202.0.1,22\n"
        "f,f,浚县,华为,,59.202.0.11,22\n"
    )

    _estate, plan = planned(folder, "devices", text)

    found = {(each.position.line, each.position.column, each.error.id) for each in plan.findings}
    assert found == {
        (2, 1, "E0126"),
        (3, 3, "E1213"),
        (4, 5, "E0122"),
        (4, 6, "E0123"),
        (4, 7, "E0124"),
        (6, 1, "E1214"),
        (7, 1, "E0121"),
    }
    assert all(each.position.file.name == "list.csv" for each in plan.findings)
    assert contents(folder) == before


def test_an_unknown_target_or_organisation_is_named_with_a_suggestion(folder: Path) -> None:
    _estate, plan = planned(folder, "addresses", "标识,地址\nxun-edge-2,59.202.1.9\n")
    _estate, other = planned(folder, "systems", "标识,系统名称,责任单位\nbudget,预算,浚县财政据\n")

    assert [each.error.id for each in (*plan.findings, *other.findings)] == ["E1215", "E1215"]
    assert "xun-edge-1" in plan.findings[0].message
    assert "浚县财政局" in other.findings[0].message


def test_windows_line_ends_and_a_byte_order_mark_stay(folder: Path) -> None:
    file = folder / "estate.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))

    imported(folder, "organisations", ORGANISATIONS)

    content = file.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf#")
    assert content.count(b"\n") == content.count(b"\r\n") > 80


def test_the_files_own_indentation_stays(folder: Path) -> None:
    file = folder / "more.yaml"
    text = (
        "# 首行\n---\norganisations:\n    xun-police:\n        title: 浚县公安局   # 一\n        region: 410621\n\n"
        "nodes:\n    web-1:\n        region: 410621\n        zone: public\n        roles:\n            - web\n"
    )
    file.write_text(text)

    imported(folder, "organisations", "标识,类别\nxun-police,部门\n")
    assert file.read_text() == text
    imported(folder, "organisations", "标识,类别\nxun-police,政府\n")

    assert file.read_text() == text.replace("410621\n\n", "410621\n        kind: government\n\n")


def test_a_file_that_changed_meanwhile_is_left_alone(folder: Path) -> None:
    estate, plan = planned(folder, "organisations", ORGANISATIONS)
    file = folder / "estate.yaml"
    file.write_text(file.read_text().replace("李四", "李五"))
    before = contents(folder)

    with pytest.raises(UsageError, match="E1216"):
        apply(estate, plan.changes)

    assert contents(folder) == before


def test_values_shared_by_an_alias_are_not_changed_unseen(folder: Path) -> None:
    (folder / "more.yaml").write_text("organisations:\n  a: &x {title: 甲, region: 410621}\n  b: *x\n")
    estate, plan = planned(folder, "organisations", "标识,单位名称\na,乙\n")

    with pytest.raises(UsageError, match="E1217"):
        apply(estate, plan.changes)


@pytest.mark.parametrize("kind", ["organisations", "devices", "nodes", "addresses", "systems"])
def test_a_template_can_be_filled_in_and_imported(folder: Path, kind: str) -> None:
    file = folder.parent / "template.xlsx"
    file.write_bytes(template(listings()[kind]))

    book = openpyxl.load_workbook(file)

    assert [cell.value for cell in book[listings()[kind].zh][1]] == [column.zh for column in listings()[kind].columns]
    assert read_sheet(file, listings()[kind]).rows == ()


TITLES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co", "Zl", "Zp")), min_size=1, max_size=12).map(
    str.strip
)
TITLES = TITLES.filter(lambda text: text and not text.startswith("'"))
ROWS = st.lists(
    st.tuples(TITLES, st.sampled_from(["浚县", "淇县", "410600"]), TITLES),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row[:2],
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS)
def test_importing_any_texts_twice_is_importing_them_once(rows: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "estate"
        shutil.copytree(ROOT / "tests/estates/small", folder)
        file = Path(name) / "list.xlsx"
        with xlsxwriter.Workbook(str(file)) as book:
            sheet = book.add_worksheet("单位")
            for index, row in enumerate([("单位名称", "行政区划", "联系人"), *rows]):
                for column, text in enumerate(row):
                    sheet.write_string(index, column, text)

        imported(folder, "organisations", file)
        once = contents(folder)
        imported(folder, "organisations", file)

        assert contents(folder) == once
        told = {
            (each.title, each.contact.name) for each in load(folder).require().organisations.values() if each.contact
        }
        assert {(title, contact) for title, _region, contact in rows} <= told
        assert "# 代理" in once["estate.yaml"]
        assert "# 牵头单位" in once["estate.yaml"]
