"""The ledger opens in what reads workbooks, and holds what is declared."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from yiwang.inventory.estate import Estate
from yiwang.inventory.exports import FORMATS, export_files
from yiwang.inventory.loading.load import load
from yiwang.inventory.selector import Selector, parse_selector


def ledger(estate: Estate, selector: Selector | None = None) -> bytes:
    (content,) = export_files(FORMATS["xlsx"], estate, selector or Selector(), Path("ledger.xlsx")).values()
    return content


@pytest.fixture
def book(small: Estate) -> Any:
    return openpyxl.load_workbook(BytesIO(ledger(small)))


def test_there_is_a_summary_and_one_sheet_for_each_kind(book: Any) -> None:
    assert book.sheetnames[0] == "汇总"
    assert {"行政区划", "节点", "网络设备", "单位", "信息系统", "链路", "地址", "里程碑"} <= set(book.sheetnames)
    counts = {row[0]: row[1] for row in book["汇总"].iter_rows(min_row=4, max_row=15, values_only=True)}
    assert counts["网络设备"] == 6


def test_headings_are_chinese_frozen_and_filtered(book: Any) -> None:
    sheet = book["网络设备"]

    assert [cell.value for cell in sheet[1]][:6] == ["标识", "名称", "行政区划", "机房场所", "平台", "角色"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref.startswith("A1:")


def test_values_are_shown_in_chinese_words_and_serials_stay_texts(book: Any) -> None:
    rows = {row[0]: row for row in book["网络设备"].iter_rows(min_row=2, values_only=True)}

    assert rows["core-1"][4:7] == ("华为", "核心", "59.202.0.1")
    assert "0012345" in rows["core-1"]
    assert 180000 in rows["core-1"]


def test_another_reader_sees_the_same_rows(small: Estate) -> None:
    read = CalamineWorkbook.from_filelike(BytesIO(ledger(small))).get_sheet_by_name("单位").to_python()

    assert read[1][:3] == ["gov-office", "鹤壁市人民政府办公室", "410600"]


def test_nothing_that_is_declared_becomes_a_formula_or_a_link(tmp_path: Path) -> None:
    (tmp_path / "estate.yaml").write_text(
        "estate: {name: e, title: 测试, region: 410600}\n"
        "regions: {'410600': {title: 鹤壁市, level: city}}\n"
        "organisations:\n"
        "  one: {title: '=HYPERLINK(\"http://evil\")', region: 410600}\n"
        "  two: {title: '+1+1', region: 410600}\n"
        "  three: {title: 'http://evil.example', region: 410600}\n"
    )

    book = openpyxl.load_workbook(BytesIO(ledger(load(tmp_path).require())))

    cells = {row[0].value: row[1] for row in book["单位"].iter_rows(min_row=2)}
    assert cells["one"].value == '=HYPERLINK("http://evil")'
    assert {cell.data_type for cell in cells.values()} == {"s"}
    assert {cell.hyperlink for cell in cells.values()} == {None}


def test_the_selector_holds_for_nodes_and_devices(small: Estate) -> None:
    book = openpyxl.load_workbook(BytesIO(ledger(small, parse_selector("county=410622"))))

    assert [row[0] for row in book["网络设备"].iter_rows(min_row=2, values_only=True)] == ["gaocun-ar-1", "qi-edge-1"]
