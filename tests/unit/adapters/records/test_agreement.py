"""The model at the border, the validator of rows and the validator of columns agree on every record.

Rows are drawn from each field's own rules: right values, values that are nearly right, and rubbish; as text and as
typed values.  Whatever one of the three says of a row, the others say: the same rules of the same fields.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.unit.adapters.records.rows import native_rows, near_rows, right_rows
from yiwang.adapters.records.border import model, problems
from yiwang.adapters.records.catalogue import catalogue, find_record
from yiwang.adapters.records.columnar import column_validator
from yiwang.adapters.records.form import as_text
from yiwang.adapters.records.problem import FIELD_RULES, Problem, describe
from yiwang.adapters.records.row import row_validator
from yiwang.core.i18n import use

RECORDS = sorted(catalogue().records)
# Shrinking rows of two dozen fields takes minutes and tells little more.
quick = settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def agree(name: str, rows: list[dict[str, Any]], frame: polars.DataFrame) -> list[tuple[Problem, ...]]:
    """What all three say of each row, after asserting that they do."""
    record = find_record(name)
    of_rows = [row_validator(name).check(row) for row in rows]
    of_columns = column_validator(name).judge(frame).of_rows()
    assert [of_columns.get(index, ()) for index in range(len(rows))] == of_rows
    assert [problems(record, row) for row in rows] == of_rows
    return of_rows


@quick
@given(name=st.sampled_from(RECORDS), data=st.data())
def test_all_three_agree_on_texts(name: str, data: st.DataObject) -> None:
    record = find_record(name)
    rows = data.draw(st.lists(near_rows(record), min_size=1, max_size=8))
    frame = polars.DataFrame(rows, schema=dict.fromkeys(record.fields, polars.String))

    agree(name, rows, frame)


@quick
@given(name=st.sampled_from(RECORDS), data=st.data())
def test_all_three_agree_on_typed_values(name: str, data: st.DataObject) -> None:
    record = find_record(name)
    rows = data.draw(st.lists(native_rows(record), min_size=1, max_size=8))
    types = {
        "text": polars.String,
        "integer": polars.Int64,
        "decimal": polars.Decimal(38, 8),
        "date": polars.Date,
        "moment": polars.Datetime("us"),
        "boolean": polars.Boolean,
    }
    frame = polars.DataFrame(rows, schema={key: types[field.type] for key, field in record.fields.items()})

    agree(name, rows, frame)


@quick
@given(name=st.sampled_from(RECORDS), data=st.data())
def test_right_records_are_taken_and_read_alike(name: str, data: st.DataObject) -> None:
    record = find_record(name)
    rows = data.draw(st.lists(right_rows(record), min_size=1, max_size=5))
    texts = [{key: as_text(value) for key, value in row.items()} for row in rows]
    frame = polars.DataFrame(texts, schema=dict.fromkeys(record.fields, polars.String))

    said = agree(name, texts, frame)

    right = [index for index, found in enumerate(said) if not found]
    typed = column_validator(name).judge(frame).frame.rows(named=True)
    for index in right:
        values, _problems = row_validator(name).read(texts[index])
        assert values == typed[index] == model(name).model_validate(texts[index]).model_dump()
    # Rules about several fields may be broken by values drawn apart; no field is wrong.
    assert not any(problem.rule in FIELD_RULES for found in said for problem in found)


PERSON = {
    "citizen_id": "11010519491231002X",
    "name": "张三",
    "sex": "2",
    "birth_date": "1949-12-31",
    "division": "410621",
    "updated_at": "2017-01-01T00:00:00",
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ()),
        ({"sex": "1"}, (("sex", "sex-of-the-number"),)),
        ({"birth_date": "1949-12-30"}, (("birth_date", "birth-of-the-number"),)),
        ({"death_date": "1949-12-30"}, (("death_date", "death-after-birth"),)),
        ({"name": ""}, (("name", "length"),)),
        ({"name": None}, (("name", "missing"),)),
        ({"name": "张\x00三"}, (("name", "characters"),)),
        ({"name": "张" * 51}, (("name", "length"),)),
        ({"sex": "3"}, (("sex", "code"),)),
        ({"ethnicity": "汉"}, (("ethnicity", "pattern"),)),
        ({"birth_date": "1949-02-30"}, (("birth_date", "type"),)),
        ({"birth_date": "1949/12/31"}, (("birth_date", "type"),)),
        ({"death_date": "9999-12-31"}, (("death_date", "range"),)),
        ({"updated_at": "2017-01-01 00:00:00"}, (("updated_at", "type"),)),
        ({"division": "419999"}, (("division", "identifier"),)),
        ({"division": "410381", "updated_at": "2021-05-01T00:00:00"}, ()),
        ({"division": "410381", "updated_at": "2023-05-01T00:00:00"}, (("division", "division-of-its-day"),)),
        ({"division": "410307", "updated_at": "2019-05-01T00:00:00"}, (("division", "division-of-its-day"),)),
        ({"phone": "1", "sex": None}, (("sex", "missing"), ("phone", "identifier"))),
    ],
)
def test_each_rule_is_reported_by_its_name(changed: dict[str, Any], expected: tuple[tuple[str, str], ...]) -> None:
    row = PERSON | changed
    frame = polars.DataFrame([row], schema=dict.fromkeys(row, polars.String))

    assert agree("person", [row], frame) == [tuple(Problem(*each) for each in expected)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", 1.5),
        ("amount", Decimal("NaN")),
        ("amount", Decimal("1.234")),
        ("amount", "1e3"),
        ("amount", "١"),
        ("issued_at", date(2017, 4, 30)),
        ("issued_at", datetime(2017, 4, 30, tzinfo=UTC)),
        ("issued_at", 1493514000),
        ("accounting_date", datetime(2017, 4, 30)),  # noqa: DTZ001 - Beijing civil time has no zone
        ("notice", 12345),
    ],
)
def test_what_would_have_to_be_converted_by_guessing_is_refused(field: str, value: Any) -> None:
    row = {field: value}

    assert Problem(field, "type") in row_validator("payment").check(row)
    assert Problem(field, "type") in problems(find_record("payment"), row)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_rule_is_told_in_words(language: str) -> None:
    use(language)
    try:
        for record in catalogue().records.values():
            named = [describe(record, Problem(rule.field, name)) for name, rule in record.rules.items()]
            told = [describe(record, Problem(name, rule)) for name in record.fields for rule in FIELD_RULES]
            assert all(named)
            assert all(told)
    finally:
        use(None)
