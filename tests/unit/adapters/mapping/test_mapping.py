"""Mappings: what their steps do, that closures and expressions do the same, and that every mistake has its line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.adapters.mapping.columnar import ColumnMapper
from yiwang.adapters.mapping.mapping import Unmapped
from yiwang.adapters.mapping.read import STEPS, read_mapping
from yiwang.adapters.mapping.row import RowMapper
from yiwang.adapters.mapping.step import ArgumentError, Step
from yiwang.adapters.mapping.table_steps import TABLE_STEPS, Surroundings
from yiwang.adapters.mapping.text_steps import FULL, TEXT_STEPS
from yiwang.adapters.mapping.time_steps import ANY, TIME_STEPS, read_format
from yiwang.adapters.records.row import row_validator
from yiwang.core.errors import MappingError
from yiwang.core.vault.secret import Secret

MAPPING = """\
record: ticket
version: 1
tables:
  kinds: {"1": consult, "2": complaint}
  states: {"01": registered, "09": closed}
fields:
  number: {from: GDBH, steps: [trim, upper]}
  channel: {constant: telephone}
  kind: {from: LX, steps: [{table: {name: kinds, otherwise: help}}]}
  is_anonymous:
    choose:
      - {when: {NM: ["1", 是]}, constant: "true"}
      - {constant: "false"}
  caller_name:
    choose:
      - when: {NM: ["0", null]}
        join: [XING, MING]
        steps: [trim]
  caller_phone: {first: [SJ, DH], steps: [half-width, {replace: {" ": ""}}]}
  division: {from: QH, steps: [{part: {first: "1", length: "6"}}]}
  text: {from: NR}
  state: {from: ZT, steps: [trim, {pad: "2"}, {table: states}]}
  received_at: {from: SLSJ, steps: [numerals, {moment: any}]}
  due_at: {from: QX, steps: [{moment: ["YYYY-MM-DD hh:mm:ss", excel]}]}
  replied_at: {from: HFSJ}
  updated_at: {from: GXSJ, steps: [{moment: epoch}]}
"""
ROW: dict[str, Any] = {
    "GDBH": " a0001　",
    "LX": "2",
    "NM": "0",
    "XING": "张",
    "MING": "三",
    "SJ": "",
    "DH": "０３９２ ３３１２３４５",
    "QH": "410621001",
    "NR": "路灯不亮",
    "ZT": "1",
    "SLSJ": "二〇一七年四月三十日",
    "QX": "42856",
    "HFSJ": datetime(2017, 5, 1, 9),  # noqa: DTZ001 - Beijing civil time
    "GXSJ": "1493600400",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "tickets.yaml"
    file.write_text(MAPPING, "utf-8")
    return file


def changed(file: Path, before: str, after: str) -> None:
    assert before in MAPPING
    file.write_text(MAPPING.replace(before, after, 1), "utf-8")


def test_a_departments_row_becomes_a_right_record(file: Path) -> None:
    values, unmapped = RowMapper(read_mapping(file)).map(ROW)

    assert values == {
        "number": "A0001",
        "channel": "telephone",
        "kind": "complaint",
        "is_anonymous": "false",
        "caller_name": "张三",
        "caller_phone": "03923312345",
        "division": "410621",
        "text": "路灯不亮",
        "state": "registered",
        "received_at": "2017-04-30T00:00:00",
        "due_at": "2017-05-01T00:00:00",
        "replied_at": ROW["HFSJ"],
        "updated_at": "2017-05-01T09:00:00",
    }
    assert unmapped == ()
    assert row_validator("ticket").check(values) == ()


def test_what_a_step_does_not_know_is_told_with_its_line(file: Path) -> None:
    mapped = read_mapping(file)
    row = ROW | {"ZT": "77", "SLSJ": "2017-02-30"}
    expected = (Unmapped("state", "table", 22), Unmapped("received_at", "moment", 23))

    values, unmapped = RowMapper(mapped).map(row)
    frame = ColumnMapper(mapped).map(polars.DataFrame([ROW, row]))

    assert (values["state"], values["received_at"], unmapped) == (None, None, expected)
    assert frame.of_rows() == {1: expected}


def test_anonymous_callers_are_not_named(file: Path) -> None:
    values, _unmapped = RowMapper(read_mapping(file)).map(ROW | {"NM": "是"})

    assert (values["is_anonymous"], values["caller_name"]) == ("true", None)


cells = st.none() | st.sampled_from(
    [
        "",
        " ",
        "0",
        "1",
        "01",
        "是",
        "2017年4月3日",
        "2017-2-30",
        "20170430",
        "二〇一七年十二月十一日",
        "42856",
        " Ａb　",
        "-5",
        "a-b",
    ]
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(ROW, cells | texts)), min_size=1, max_size=5))
def test_closures_and_expressions_map_alike(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]
) -> None:
    file = tmp_path_factory.mktemp("mapping") / "tickets.yaml"
    file.write_text(MAPPING, "utf-8")
    mapped = read_mapping(file)
    mapper = RowMapper(mapped)

    done = ColumnMapper(mapped).map(polars.DataFrame(rows, schema=dict.fromkeys(ROW, polars.String)))

    alone = [mapper.map(row) for row in rows]
    assert done.frame.rows(named=True) == [values for values, _unmapped in alone]
    assert [done.of_rows().get(index, ()) for index in range(len(rows))] == [unmapped for _values, unmapped in alone]


@pytest.mark.parametrize(
    "value",
    [
        datetime(2017, 5, 1, 9),  # noqa: DTZ001
        datetime(2017, 5, 1, 9, 0, 0, 120),  # noqa: DTZ001
        datetime(2017, 5, 1).date(),  # noqa: DTZ001
        Decimal("12.50"),
        -17,
        True,
    ],
)
def test_a_typed_value_meets_its_first_step_as_canonical_text(tmp_path: Path, value: Any) -> None:
    file = tmp_path / "tickets.yaml"
    file.write_text(MAPPING, "utf-8")
    changed(file, "text: {from: NR}", "text: {from: NR, steps: [trim]}")
    mapped = read_mapping(file)
    row = ROW | {"NR": value}

    alone = RowMapper(mapped).map(row)[0]

    assert ColumnMapper(mapped).map(polars.DataFrame([row])).frame.row(0, named=True) == alone


def key(_reference: str) -> Secret:
    return Secret("k")


AROUND = Surroundings(Path(), {"t": {"1": "a", "": "b"}}, key)
ARGUMENTS: list[tuple[str, Any]] = [
    ("trim", None),
    ("upper", None),
    ("half-width", None),
    ("replace", {"a": "b", "b": None, "市": "县"}),
    ("part", {"first": "2", "length": "3"}),
    ("split", {"by": "-", "take": "2"}),
    ("pad", "6"),
    ("prefix", "41"),
    ("fen", None),
    ("widen", None),
    ("numerals", None),
    ("date", "any"),
    ("moment", ["YYYY-M-D h:m", "YYYYMMDD", "epoch-ms"]),
    ("date", ["excel", "epoch"]),
    ("table", "t"),
    ("table", {"name": "t", "otherwise": "z"}),
    ("pseudonym", "vault:k"),
]
near = st.one_of(
    texts,
    st.text(st.sampled_from("0123456789-:/.年月日时分秒T ab市"), max_size=20),
    st.text(st.sampled_from(FULL), max_size=5),
    st.datetimes(datetime(1000, 1, 1)).map(lambda each: f"{each:%Y-%m-%d %H:%M:%S}"),  # noqa: DTZ001
    st.from_regex(r"[0-9]{4,15}|-?[0-9]{1,4}", fullmatch=True),
    st.sampled_from(ANY).flatmap(lambda each: st.from_regex(read_format(each).pattern, fullmatch=True)),
)


def build(name: str, argument: Any) -> Step:
    if name in TABLE_STEPS:
        return TABLE_STEPS[name](argument, AROUND)
    return {**TEXT_STEPS, **TIME_STEPS}[name](argument)


def test_every_step_is_compared() -> None:
    assert {name for name, _argument in ARGUMENTS} | {"lookup"} == set(STEPS)


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
@settings(max_examples=40, deadline=None)
@given(values=st.lists(st.none() | near, min_size=1, max_size=12))
def test_each_step_does_to_columns_what_it_does_to_texts(name: str, argument: Any, values: list[str | None]) -> None:
    step = build(name, argument)
    frame = polars.DataFrame({"x": values}, schema={"x": polars.String})

    done = frame.select(step.of_column(polars.col("x"))).to_series().to_list()

    assert done == [None if value is None else step.of_row(value) for value in values]


@pytest.mark.parametrize(
    ("text", "format", "day"),
    [
        ("2017年4月3日", "any", "2017-04-03"),
        ("2017/4/30 9:05", "any", "2017-04-30"),
        ("20170430093000", "any", "2017-04-30"),
        ("30.04.2017", "DD.MM.YYYY", "2017-04-30"),
        ("2017-02-29", "any", None),
        ("42855", "excel", "2017-04-30"),
        ("1493481600", "epoch", "2017-04-30"),
    ],
)
def test_days_are_read_as_departments_write_them(text: str, format: str, day: str | None) -> None:
    assert build("date", format).of_row(text) == day


def test_a_lookup_reads_a_file_beside_the_mapping_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text("old,new\n1,410621\n", "utf-8")
    argument = {"file": "codes.csv", "key": "old", "value": "new"}
    around = Surroundings(tmp_path)

    step = TABLE_STEPS["lookup"](argument, around)

    assert (step.of_row("1"), step.of_row("2")) == ("410621", None)
    with pytest.raises(ArgumentError):
        TABLE_STEPS["lookup"](argument | {"file": "../codes.csv"}, Surroundings(tmp_path / "inner"))


def test_a_pseudonym_depends_on_the_key_and_shows_nothing_of_it() -> None:
    other = Surroundings(Path(), {}, lambda _reference: Secret("other"))

    one, two = build("pseudonym", "vault:k"), TABLE_STEPS["pseudonym"]("vault:k", other)

    assert one.of_row("11010519491231002X") == one.of_row("11010519491231002X") != two.of_row("11010519491231002X")
    assert "Secret" not in repr(one)


@pytest.mark.parametrize(
    ("before", "after", "code", "line", "named"),
    [
        ("steps: [trim, upper]", "steps: [trim, uper]", "E4102", 7, 'did you mean "upper"?'),
        ("{moment: epoch}", "{moment: YYYY}", "E4103", 26, "YYYY"),
        ("{table: states}", "{table: state}", "E4103", 22, "table"),
        ("caller_phone:", "phone:", "E4104", 19, "phone"),
        ("  text: {from: NR}\n", "", "E4105", 6, "text"),
        ("constant: telephone", "constant: phone", "E4106", 8, "phone"),
        ('"09": closed', '"09": close', "E4106", 5, "close"),
        ("otherwise: help", "otherwise: other", "E4106", 9, "other"),
        ("{from: NR}", "{from: NR, constant: x}", "E4107", 21, "text"),
        ("version: 1", "version: 2", "E4108", 2, "2"),
        ('when: {NM: ["1", 是]}, ', "", "E4109", 13, ""),
        ("{from: NR}", "{form: NR}", "E0120", 21, "form"),
    ],
)
def test_a_mistake_is_told_at_its_line(file: Path, before: str, after: str, code: str, line: int, named: str) -> None:
    changed(file, before, after)

    with pytest.raises(MappingError) as raised:
        read_mapping(file)

    told: Mapping[str, Any] = {each.error.id: each for each in raised.value.findings}
    assert told[code].position.line == line
    assert named in told[code].message


def test_a_source_without_a_column_is_refused_at_the_line_that_reads_it(file: Path) -> None:
    frame = polars.DataFrame([ROW]).drop("ZT")

    with pytest.raises(MappingError) as raised:
        ColumnMapper(read_mapping(file)).map(frame)

    assert [(each.error.id, each.position.line) for each in raised.value.findings] == [("E4110", 22)]
