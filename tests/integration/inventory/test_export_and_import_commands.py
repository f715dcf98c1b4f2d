"""The commands around exports and lists: what they write, what they refuse, what they say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest

from yiwang.cli.main import run
from yiwang.core.writing import write_files
from yiwang.inventory.exports import FORMATS, export_files
from yiwang.inventory.loading.load import load
from yiwang.inventory.selector import Selector

ROOT = Path(__file__).resolve().parents[3]
SMALL = ROOT / "tests/estates/small"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SMALL, tmp_path / "estate"))


def test_without_a_format_the_formats_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inventory", "export"]) == 0

    shown = capsys.readouterr().out
    assert all(name in shown for name in FORMATS)


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_every_format_is_written_whole_and_the_same_each_time(format: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    arguments = ["inventory", "export", format, "--estate", str(SMALL), "--output", str(folder)]

    assert run(arguments) == 0
    once = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert run(arguments) == 0

    assert once
    assert not any(name.startswith(".") for name in once)
    if format != "xlsx":
        assert {file.name: file.read_bytes() for file in folder.iterdir()} == once


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (["ansibel"], "E1201", 1),
        (["netbox"], "E1202", 64),
        (["xlsx"], "E1202", 64),
        (["ansible", "contry=x"], "E1020", 64),
        (["graphml", "--output", "/proc/nowhere/x"], "E0130", 64),
    ],
)
def test_a_wrong_call_is_refused_with_its_code(
    arguments: list[str], code: str, exit_code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["inventory", "export", *arguments, "--estate", str(SMALL)]) == exit_code
    assert code in capsys.readouterr().err


def test_control_characters_in_a_title_do_not_break_a_format(tmp_path: Path) -> None:
    (tmp_path / "estate.yaml").write_text(
        'estate: {name: e, title: "a\\x01\\u2028b", region: 410600}\n'
        'regions: {410600: {title: "鹤\\x02壁", level: city}}\n'
        'nodes: {n: {title: "x\\x03\\"\'", region: 410600, zone: extranet, roles: [web]}}\n'
    )
    estate = load(tmp_path).require()

    for format in FORMATS.values():
        made = export_files(format, estate, Selector(), tmp_path / "out")
        for file, content in made.items():
            if file.suffix == ".py":
                compile(content, str(file), "exec")
            if file.suffix == ".graphml":
                ElementTree.fromstring(content)


def test_a_file_behind_a_link_is_written_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/file").write_text("old")
    (tmp_path / "link").symlink_to("real/file")

    write_files({tmp_path / "link": b"new"})

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real/file").read_text() == "new"


def test_a_file_that_cannot_be_written_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("old")
    (tmp_path / "two").mkdir()

    with pytest.raises(Exception, match="E0130"):
        write_files({tmp_path / "one": b"new", tmp_path / "two": b"new"})

    assert (tmp_path / "one").read_text() == "old"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["one", "two"]


def test_a_mapping_gives_a_heading_its_meaning(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("编号,法人名称,县\na-1,浚县水利局,浚县\n")
    mapping = ["--mapping", "编号=name", "--mapping", "法人名称=title", "--mapping", "县=region"]

    assert run(["inventory", "import", str(file), "--kind", "organisations", "-e", str(folder), *mapping]) == 0

    assert load(folder).require().organisations["a-1"].title == "浚县水利局"


def test_a_dry_run_shows_and_writes_nothing(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "list.csv"
    file.write_text("标识,单位名称,行政区划\na-1,浚县水利局,浚县\n")
    before = {each: each.read_bytes() for each in folder.rglob("*.yaml")}
    arguments = ["inventory", "import", str(file), "--kind", "organisations", "-e", str(folder), "--dry-run"]

    assert run([*arguments, "-o", "json"]) == 0

    items = json.loads(capsys.readouterr().out)["items"]
    assert {(item["action"], item["key"], item["new"]) for item in items} == {
        ("added", "title", "浚县水利局"),
        ("added", "region", "410621"),
    }
    assert {each: each.read_bytes() for each in folder.rglob("*.yaml")} == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--kind", "organisation"], "E1218"),
        (["--kind", "organisations"], "E1220"),
        (["list.csv", "--kind", "organisations", "--mapping", "x"], "E1219"),
        (["list.csv", "--kind", "organisations", "--mapping", "x=nonsense"], "E1219"),
        (["nowhere.csv", "--kind", "organisations"], "E0111"),
    ],
)
def test_a_wrong_import_is_refused_with_its_code(
    arguments: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["inventory", "import", *arguments, "-e", str(SMALL)]) != 0
    assert code in capsys.readouterr().err


def test_an_empty_list_is_written_to_fill_in(tmp_path: Path) -> None:
    file = tmp_path / "devices.xlsx"

    assert run(["inventory", "import", "--template", "devices", str(file)]) == 0

    assert openpyxl.load_workbook(file).sheetnames == ["网络设备", "填写说明"]
