"""The catalogue and the JSON Schema of its records."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from yiwang.adapters.records.catalogue import STANDARD, catalogue, find_record, read_catalogue
from yiwang.adapters.records.schema import json_schema
from yiwang.core.errors import AdapterError, NotFoundError

PERSON = {
    "citizen_id": "11010519491231002X",
    "name": "张三",
    "sex": "2",
    "birth_date": "1949-12-31",
    "division": "410621",
    "updated_at": "2017-01-01T00:00:00",
}
NAMED_BY_THE_PLANS = {
    "matter", "guide", "case", "licence", "person", "legal_entity", "payment", "ticket", "trade_project", "bid",
    "award", "credit_record", "investment_project", "evaluation", "supervision_event", "catalogue_entry",
}  # fmt: skip


def test_every_record_that_the_plans_name_is_there() -> None:
    assert set(catalogue().records) >= NAMED_BY_THE_PLANS


@pytest.mark.parametrize("name", sorted(catalogue().records))
def test_each_schema_is_one_and_tells_every_sensitivity(name: str) -> None:
    schema = json_schema(name)

    Draft202012Validator.check_schema(schema)
    assert all(each["sensitivity"] for each in schema["properties"].values())


def test_a_schema_takes_a_record_and_refuses_a_wrong_one() -> None:
    validator = Draft202012Validator(json_schema("person"))

    assert validator.is_valid(PERSON)
    assert not validator.is_valid(PERSON | {"sex": "3"})
    assert not validator.is_valid(PERSON | {"nickname": "小三"})


def test_a_record_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFoundError) as raised:
        find_record("persn")

    assert 'did you mean "person"?' in str(raised.value)


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("codes: sex", "codes: sexes", "sexes"),
        ("identifier: citizen-id", "identifier: citizen", "identifier"),
        ("order: [birth_date, death_date]", "order: [birth_day, death_date]", "birth_day"),
        ("key: [citizen_id]", "key: [phone]", "key"),
        ('pattern: "[0-9]{2}"', r'pattern: "\\d{2}"', "pattern"),
        ("sensitivity: sensitive", "sensitivity: secret", "secret"),
    ],
)
def test_a_declaration_that_does_not_hold_together_is_refused(
    tmp_path: Path, before: str, after: str, named: str
) -> None:
    (tmp_path / "codes.yaml").write_text((STANDARD / "codes.yaml").read_text("utf-8"), "utf-8")
    told = (STANDARD / "person.yaml").read_text("utf-8")
    assert before in told
    (tmp_path / "person.yaml").write_text(told.replace(before, after, 1), "utf-8")

    with pytest.raises(AdapterError) as raised:
        read_catalogue(tmp_path)

    assert named in str(raised.value)
