"""The ledger of a whole generated city is read back without a change, and its schema holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from yiwang.cli.main import run
from yiwang.inventory.loading.files import find
from yiwang.inventory.schema import json_schema


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("city") / "estate"
    assert run(["init", "410600", str(target)]) == 0
    return target


@pytest.mark.parametrize("kind", ["organisations", "devices", "nodes", "addresses"])
def test_the_exported_ledger_imports_as_unchanged(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    ledger = str(tmp_path / "ledger.xlsx")
    assert run(["inventory", "export", "xlsx", "--estate", str(folder), "--output", ledger]) == 0
    before = {file: file.read_bytes() for file in folder.rglob("*.yaml")}
    capsys.readouterr()

    assert run(["inventory", "import", ledger, "--kind", kind, "--estate", str(folder)]) == 0

    assert "0 added, 0 changed" in capsys.readouterr().err.replace("updated", "changed")
    assert {file: file.read_bytes() for file in folder.rglob("*.yaml")} == before


def test_a_list_goes_into_the_generated_files_and_they_still_check(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "departments.csv"
    file.write_bytes("单位名称,所属区划,联系人,联系电话\n浚县财政局,浚县,李四,0392-5520001\n".encode("gb18030"))

    for _time in range(2):
        assert run(["inventory", "import", str(file), "--kind", "organisations", "--estate", str(folder)]) == 0

    assert run(["check", str(folder)]) == 0
    told = capsys.readouterr().err
    assert "1 added" in told
    assert "1 unchanged" in told


def test_the_schema_accepts_every_generated_file(folder: Path) -> None:
    validator = Draft202012Validator(json_schema())

    for file in find(folder).files:
        data = json.loads(json.dumps(yaml.safe_load(file.read_text()), default=str))
        assert [f"{file.name}: {each.json_path}: {each.message}" for each in validator.iter_errors(data)] == []
