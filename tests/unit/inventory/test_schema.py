"""The JSON Schema accepts what the reader accepts and marks planted mistakes."""

from __future__ import annotations

import copy
import json
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from yiwang.core.i18n import use
from yiwang.inventory.loading.files import find
from yiwang.inventory.loading.load import load
from yiwang.inventory.schema import json_schema

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted(file for folder in ("tests/estates", "examples") for file in find(ROOT / folder).files)
FILES = [file for file in FILES if file.name != "yiwang.yaml" and "vault" not in file.parts]


def as_json(data: Any) -> Any:
    """What an editor sees: keys are texts, and YAML 1.1's dates are what was written."""
    return json.loads(json.dumps(data, default=lambda value: value.isoformat() if isinstance(value, date) else value))


def mistakes(data: Any) -> list[str]:
    return [each.message for each in Draft202012Validator(json_schema()).iter_errors(as_json(data))]


def test_it_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_it_accepts_every_estate_file_as_pyyaml_and_ruamel_read_it(file: Path) -> None:
    text = file.read_text()

    assert mistakes(yaml.safe_load(text)) == []
    assert mistakes(YAML(typ="safe", pure=True).load(text)) == []


def test_it_accepts_numbers_and_codes_written_without_quotes() -> None:
    text = """
    estate: {name: small, title: 2017, region: 410600}
    regions: {410600: {title: 鹤壁市, level: city, as_number: "64512", access_required: "true"}}
    nodes: {web-1: {region: 410600, connection: {port: "22"}, asset: {serial: 12345}, ntp: [59.1.1.1], vars: {a: [1]}}}
    devices: {core-1: {snmp: {version: 3}, routing: {ospf: {area: 0}}}}
    milestones: {first: {due: 2017-06-30}}
    links: {line: {ends: [{owner: a, interface: b}, "c:d"], bandwidth_mbps: "100"}}
    """

    assert mistakes(yaml.safe_load(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "nodez: {}",
        "nodes: {web-1: {zonee: extranet}}",
        "nodes: {web-1: {connection: {port: 70000}}}",
        "nodes: {web-1: {connection: {prot: 22}}}",
        "nodes: {Web_1: {zone: extranet}}",
        "nodes: {web-1: {roles: exchange}}",
        "nodes: {web-1: {addresses: {extranet: 59.1.1.300/24}}}",
        "nodes: {web-1: {connection: {password: hunter2}}}",
        "regions: {'41062': {title: 浚县, level: county}}",
        "regions: {'410621': {level: county}}",
        "regions: {'410621': {title: 浚县, level: contry}}",
        "regions: {'410621': {title: 浚县, level: county, defaults: {node: {npt: []}}}}",
        "groups: {web: {node: {zonee: extranet}}}",
        "defaults: {device: {platfrom: huawei_vrp}}",
        "devices: {core-1: {role: cores}}",
        "devices: {core-1: {routing: {bgp: [{address: 59.1.1.1}]}}}",
        "milestones: {first: {due: 30.06.2017}}",
        "links: {line: {ends: ['a:b']}}",
        "links: {line: {backup: 'yes'}}",
    ],
)
def test_it_marks_a_planted_mistake(text: str) -> None:
    assert mistakes(yaml.safe_load(text)) != []


def test_a_planted_mistake_in_a_real_file_is_marked_at_its_place() -> None:
    data = as_json(yaml.safe_load((ROOT / "tests/estates/small/counties/xunxian.yaml").read_text()))
    broken = copy.deepcopy(data)
    broken["devices"]["xun-edge-1"]["role"] = "aggregator"

    (problem,) = Draft202012Validator(json_schema()).iter_errors(broken)

    assert list(problem.absolute_path) == ["devices", "xun-edge-1", "role"]


def test_descriptions_are_translated_and_free_of_noise() -> None:
    use("zh_CN")
    text = json.dumps(json_schema(), ensure_ascii=False)
    use(None)

    assert "一网声明文件" in text
    assert "pydantic" not in text
    assert '"title": "Name"' not in text


def test_what_the_schema_accepts_the_reader_loads(tmp_path: Path) -> None:
    text = StringIO()
    data = {
        "estate": {"name": "tiny", "title": "小", "region": 410600},
        "regions": {410600: {"title": "鹤壁市", "level": "city"}},
        "nodes": {"web-1": {"region": 410600, "zone": "extranet", "roles": ["web"], "connection": {"port": 22}}},
    }
    YAML().dump(data, text)
    (tmp_path / "estate.yaml").write_text(text.getvalue())

    assert mistakes(data) == []
    assert load(tmp_path).findings == ()
