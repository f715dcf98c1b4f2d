"""Masking: what is left of values for those who may not see them."""

from __future__ import annotations

from typing import Any

import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.adapters.records.rows import right_rows
from yiwang.adapters.records.catalogue import find_record
from yiwang.adapters.records.form import as_text
from yiwang.adapters.records.masking import hidden, masked, masked_columns
from yiwang.adapters.records.sensitivity import Sensitivity

PERSON = {
    "citizen_id": "11010519491231002X",
    "name": "张三",
    "phone": "13800138000",
    "address": "河南省鹤壁市浚县黎阳街道1号",
}


@pytest.mark.parametrize(
    ("most", "left"),
    [
        ("sensitive", ("11010519491231002X", "张三", "13800138000", "河南省鹤壁市浚县黎阳街道1号")),
        ("personal", ("110105***002X", "张三", "13800138000", "河南省鹤壁市***")),
        ("public", ("110105***002X", "张***", "138***8000", "河南省鹤壁市***")),
    ],
)
def test_values_beyond_what_one_may_see_are_masked(most: str, left: tuple[str, ...]) -> None:
    shown = masked(find_record("person"), PERSON, Sensitivity(most))

    assert tuple(shown.values()) == left


@settings(max_examples=40, deadline=None)
@given(name=st.sampled_from(["person", "ticket", "payment", "bid"]), most=st.sampled_from(Sensitivity), data=st.data())
def test_columns_are_masked_as_records_are_and_nothing_hidden_shows(
    name: str, most: Sensitivity, data: st.DataObject
) -> None:
    record = find_record(name)
    row: dict[str, Any] = {key: as_text(value) for key, value in data.draw(right_rows(record)).items()}
    frame = polars.DataFrame([row], schema=dict.fromkeys(row, polars.String))

    alone = masked(record, row, most)

    assert masked_columns(record, frame, most).row(0, named=True) == alone
    for field in hidden(record, most):
        assert row[field] is None or "***" in (alone[field] or "")
    assert {key: value for key, value in alone.items() if key not in hidden(record, most)} == {
        key: value for key, value in row.items() if key not in hidden(record, most)
    }
