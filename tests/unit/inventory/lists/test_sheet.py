"""Lists are read as offices save them."""

from __future__ import annotations

import datetime
from pathlib import Path

import openpyxl
import pytest

from yiwang.core.errors import ListError
from yiwang.inventory.lists.columns import listings
from yiwang.inventory.lists.sheet import Sheet, read_sheet

ORGANISATIONS = listings()["organisations"]
TEXT = "单位名称,行政区划,联系电话\n浚县财政局,浚县,0392-5520001\n"


def texts(sheet: Sheet) -> list[dict[str, str]]:
    return [{column.key: cell.text for column, cell in cells.items()} for _row, cells in sheet.rows]


EXPECTED = [{"title": "浚县财政局", "region": "浚县", "contact.phone": "0392-5520001"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(TEXT.encode(encoding))

    assert texts(read_sheet(file, ORGANISATIONS)) == EXPECTED


@pytest.mark.parametrize("text", [TEXT.replace(",", "\t"), TEXT.replace(",", ";"), TEXT.replace("\n", "\r\n")])
def test_csv_is_read_with_other_delimiters_and_line_ends(tmp_path: Path, text: str) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(text.encode())

    assert texts(read_sheet(file, ORGANISATIONS)) == EXPECTED


def test_a_workbook_gives_texts_for_numbers_dates_and_truth_values(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["标识", "名称", "行政区划", "购置日期", "金额（元）", "序列号"])
    sheet.append(["core-9", True, 410621, datetime.date(2017, 4, 30), 180000.5, 12345.0])
    book.save(tmp_path / "list.xlsx")

    (row,) = texts(read_sheet(tmp_path / "list.xlsx", listings()["devices"]))

    assert row == {
        "name": "core-9",
        "title": "true",
        "region": "410621",
        "asset.purchased": "2017-04-30",
        "asset.cost": "180000.5",
        "asset.serial": "12345",
    }


def test_a_title_above_the_headings_and_empty_rows_are_skipped(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("浚县单位清单,,\n,,\n单位 名称*,县（区）,电话\n\n浚县财政局,浚县,'0392-5520001\n,,\n")

    sheet = read_sheet(file, ORGANISATIONS)

    assert texts(sheet) == EXPECTED
    assert sheet.rows[0][0].line == 5


def test_the_sheet_of_the_kind_is_taken_from_a_ledger(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("节点").append(["标识", "名称"])
    book.create_sheet("单位").append(["标识", "单位名称"])
    book["单位"].append(["a", "甲"])
    book.save(tmp_path / "ledger.xlsx")

    assert texts(read_sheet(tmp_path / "ledger.xlsx", ORGANISATIONS)) == [{"name": "a", "title": "甲"}]


def test_a_quote_before_a_formula_is_not_part_of_the_text(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("标识,单位名称\na,'=1+1\n")

    assert texts(read_sheet(file, ORGANISATIONS))[0]["title"] == "=1+1"


def test_unknown_headings_are_named_and_ignored(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("序号,标识,单位名称,备用\n1,a,甲,x\n")

    assert read_sheet(file, ORGANISATIONS).ignored == ("序号", "备用")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("list.xlsx", b"PK\x03\x04 not a workbook", "E1210"),
        ("list.xlsx", b"", "E1210"),
        ("list.csv", b"\xff\xff\xff\x80", "E1210"),
        ("list.csv", b"a\x00b,c\n", "E1210"),
        ("list.csv", "甲,乙\n1,2\n".encode(), "E1211"),
        ("list.csv", b"", "E1211"),
        ("list.csv", "单位名称,部门名称\na,b\n".encode(), "E1212"),
    ],
)
def test_what_is_no_list_is_refused_with_a_reason(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(ListError) as caught:
        read_sheet(tmp_path / name, ORGANISATIONS)

    assert [finding.error.id for finding in caught.value.findings] == [code]


def test_a_list_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("x" * 2_000_000)

    with pytest.raises(ListError) as caught:
        read_sheet(tmp_path / "list.csv", ORGANISATIONS, max_file_mib=1)

    assert caught.value.findings[0].error.id == "E0106"


def test_every_key_of_every_listing_exists_in_the_model() -> None:
    from yiwang.inventory.lists.template import _description
    from yiwang.inventory.model import KINDS

    for listing in listings().values():
        for column in listing.columns:
            if listing.kind in KINDS and column.key != "name" and not column.key.startswith("addresses."):
                assert _description(listing.kind, column) != column.zh, (listing.kind, column.key)
