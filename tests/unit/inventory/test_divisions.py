"""The divisions table: codes, names, levels and what lies below what."""

import gzip
from pathlib import Path

import pytest

from yiwang.core.errors import NotFoundError, UsageError
from yiwang.inventory.divisions import (
    divisions_below,
    find_division,
    full_name,
    read_villages,
    townships,
    upper_divisions,
)
from yiwang.inventory.territory import territory


@pytest.mark.parametrize(
    ("given", "code", "level"),
    [
        ("41", "410000", "province"),
        ("4106", "410600", "city"),
        ("410621", "410621", "county"),
        ("鹤壁市", "410600", "city"),
        ("鹤壁", "410600", "city"),
        ("河南省浚县", "410621", "county"),
        ("北京市朝阳区", "110105", "county"),
        ("嘉峪关市", "620200", "city"),
        ("1101", "110000", "province"),
        ("5002", "500000", "province"),
        ("441900", "441900", "city"),
    ],
)
def test_a_division_is_found_by_code_or_name(given: str, code: str, level: str) -> None:
    found = find_division(given)

    assert (found.code, found.level) == (code, level)


def test_a_level_leads_upwards_from_a_code_and_narrows_a_name() -> None:
    assert find_division("410621", "city").code == "410600"
    assert find_division("嘉峪关市", "county").code == "620201"


@pytest.mark.parametrize(
    ("given", "error", "code"),
    [
        ("999999", NotFoundError, "E1401"),
        ("41062", NotFoundError, "E1401"),
        ("410621001", NotFoundError, "E1401"),
        ("浚线", NotFoundError, "E1401"),
        ("", NotFoundError, "E1401"),
        ("朝阳区", UsageError, "E1402"),
        ("4190", UsageError, "E1403"),
    ],
)
def test_what_is_no_single_division_is_refused(given: str, error: type[Exception], code: str) -> None:
    with pytest.raises(error, match=code):
        find_division(given)


def test_an_ambiguous_name_lists_the_candidates_with_their_codes() -> None:
    with pytest.raises(UsageError) as caught:
        find_division("朝阳区")

    assert "110105 北京市朝阳区" in caught.value.message
    assert "220104 吉林省长春市朝阳区" in caught.value.message


def test_the_table_holds_every_division_once_below_one_that_exists() -> None:
    upper = upper_divisions()
    lower = [
        each for province in divisions_below("") for group in townships(province.code[:2]).values() for each in group
    ]

    assert len(lower) == len({each.code for each in lower}) == 41_352
    assert all(each.parent in upper for each in lower)
    assert all(each.parent in upper for each in upper.values() if each.level != "province")
    assert [each.level for each in upper.values() if each.parent is None] == ["province"] * 31


def test_no_heading_of_the_statistics_becomes_a_division() -> None:
    names = {each.name for each in upper_divisions().values()}

    assert not names & {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}
    assert [each.code for each in divisions_below("410000") if each.level == "county"] == ["419001"]
    assert {each.level for each in divisions_below("500000")} == {"county"}


@pytest.mark.parametrize("code", ["441900", "442000", "460400"])
def test_a_city_without_counties_has_its_townships_directly_below(code: str) -> None:
    below = territory(find_division(code)).below

    assert below
    assert {each.level for each in below} == {"township"}
    assert code not in {each.code for each in below}


def test_the_full_name_begins_with_the_province() -> None:
    assert full_name(find_division("410621")) == "河南省鹤壁市浚县"


def test_villages_are_read_from_plain_and_packed_tables(tmp_path: Path) -> None:
    text = "code,name,parent\n410621001002,乙村,410621001\n410621001001,甲村,410621001\n520102001001,别处,520102001\n"
    (tmp_path / "v.csv").write_text(text, encoding="utf-8")
    (tmp_path / "v.csv.gz").write_bytes(gzip.compress(text.encode()))

    plain = read_villages(tmp_path / "v.csv", "410600")

    assert [each.name for each in plain["410621001"]] == ["甲村", "乙村"]
    assert list(plain) == ["410621001"]
    assert read_villages(tmp_path / "v.csv.gz", "410600") == plain


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"name,code\n",
        b"code,name,parent\n410621001001,,410621001\n",
        b"code,name,parent\n410621001001,x,410621002\n",
        b"code,name,parent\n4106,x,41\n",
        "code,name,parent\n410621001001,甲村,410621001\n".encode("gb18030"),
    ],
)
def test_a_file_that_is_no_table_of_villages_is_refused_with_its_line(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "v.csv"
    file.write_bytes(content)

    with pytest.raises(UsageError, match="E1404"):
        read_villages(file, "410000")
