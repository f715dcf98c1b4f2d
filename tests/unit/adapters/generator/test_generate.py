"""Made-up records: right by every rule but for what was planted, and alike for the same seed."""

from __future__ import annotations

import json
from pathlib import Path

import polars
import pytest

from yiwang.adapters.generator.file import write_records
from yiwang.adapters.generator.generate import Order, generate, possible_faults
from yiwang.adapters.records.catalogue import catalogue, find_record
from yiwang.adapters.records.columnar import column_validator
from yiwang.adapters.records.file import read_records
from yiwang.core.errors import AdapterError


@pytest.mark.parametrize("name", sorted(catalogue().records))
def test_the_column_validator_finds_what_was_planted_and_nothing_else(name: str) -> None:
    record = find_record(name)
    faults = len(possible_faults(record))

    made = list(generate(record, Order(rows=faults + 60, faults=faults, seed=3)))

    frame = polars.DataFrame([each.row for each in made], schema=dict.fromkeys(record.fields, polars.String))
    truth = {row: (each.planted,) for row, each in enumerate(made) if each.planted}
    assert len(truth) == faults
    assert column_validator(name).judge(frame).of_rows() == truth


@pytest.mark.parametrize("name", ["case", "person", "ticket"])
def test_every_rule_is_broken_once_when_there_are_faults_enough(name: str) -> None:
    record = find_record(name)
    wanted = set(possible_faults(record))

    made = generate(record, Order(rows=2 * len(wanted), faults=2 * len(wanted)))

    assert {each.planted for each in made} == wanted


def test_the_same_seed_makes_the_same_records_and_another_makes_others() -> None:
    record = find_record("case")

    one, same, other = (list(generate(record, Order(20, 2, seed=seed))) for seed in (5, 5, 6))

    assert one == same != other


def test_a_file_and_its_truth_agree(tmp_path: Path) -> None:
    record = find_record("person")
    file, truth = tmp_path / "people.csv", tmp_path / "truth.jsonl"

    planted = write_records(record, Order(200, 30, region="520100"), file, truth)

    found = column_validator("person").judge(read_records(file)).problems.rows()
    told = [json.loads(line) for line in truth.read_text("utf-8").splitlines()]
    assert planted == 30
    assert [(each["row"] - 1, each["field"], each["rule"]) for each in told] == found


def test_keys_of_made_up_cases_differ() -> None:
    numbers = [each.row["number"] for each in generate(find_record("case"), Order(500))]

    assert len({*numbers}) == 500


def test_a_file_that_cannot_be_written_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(AdapterError) as raised:
        write_records(find_record("person"), Order(1), tmp_path / "none" / "people.csv", None)

    assert raised.value.error.id == "E4009"
    assert not [*tmp_path.iterdir()]
