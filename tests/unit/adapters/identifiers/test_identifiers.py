"""Identifiers: published values pass, every slip is found, and columns are judged as single texts are."""

from __future__ import annotations

from datetime import date

import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.adapters.identifiers.citizen import Citizen, read_citizen, widened
from yiwang.adapters.identifiers.columnar import fits
from yiwang.adapters.identifiers.identifier import Identifier
from yiwang.adapters.identifiers.licence import LicenceId, read_licence
from yiwang.adapters.identifiers.matter import code_standard, read_matter
from yiwang.adapters.identifiers.organisation import ALPHABET, Entity, organisation_check, read_entity
from yiwang.adapters.identifiers.registry import IDENTIFIERS, kinds_of

LETTERS = st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
DIGITS = "0123456789"


def text(alphabet: str, size: int) -> st.SearchStrategy[str]:
    return st.text(st.sampled_from(alphabet), min_size=size, max_size=size)


citizens = st.builds(Citizen, st.just("410621"), st.dates(date(1900, 1, 1), date(2100, 12, 31)), st.integers(0, 999))
organisations = text(ALPHABET, 8).map(lambda body: body + organisation_check(body))
entities = st.builds(Entity, st.sampled_from("159"), st.sampled_from("1239"), text(DIGITS, 6), organisations)
credit_codes = entities.map(lambda each: each.text)
licences = st.builds(
    LicenceId,
    st.builds(lambda agency, number: f"{agency}{number:03}", credit_codes, st.integers(0, 999)),
    credit_codes,
    st.text(LETTERS, min_size=1, max_size=40),
    text(DIGITS, 3),
)
valid_texts = {
    "citizen-id": citizens.map(lambda each: each.text),
    "credit-code": credit_codes,
    "organisation-code": organisations,
    "licence-id": licences.map(lambda each: each.text),
}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("citizen-id", "11010519491231002X"),
        ("credit-code", "91350100M000100Y43"),
        ("credit-code", "11370800MB28559184"),
        ("credit-code", "11310000MB2F30661Y"),
        ("organisation-code", "MB2855918"),
        ("licence-id", "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"),
        ("matter-code", "11370800MB285591843370117002011"),
        ("matter-code", "11310000MB2F30661Y23120035640000" + "1"),
        ("matter-code", "370117002011"),
        ("matter-code-db52", "XK01002003"),
        ("division-code", "410621"),
        ("division-code", "410621001"),
        ("division-code", "410621001001"),
        ("division-code", "330103"),
        ("phone", "0392-3312345"),
        ("phone", "12345"),
    ],
)
def test_a_published_value_is_valid(kind: str, value: str) -> None:
    assert IDENTIFIERS[kind].is_valid(value)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("citizen-id", "11010519491231002x"),
        ("citizen-id", "110105194902310026"),
        ("citizen-id", "11010519491231002X\n"),
        ("citizen-id", "١1010519491231002X"),
        ("credit-code", "9135O100M000100Y43"),
        ("licence-id", "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.V"),
        ("matter-code", "379917002011"),
        ("matter-code", "11370800MB285591853370117002011"),
        ("division-code", "419999"),
        ("division-code", "410621999"),
        ("division-code", "4106"),
        ("phone", "138001380001"),
    ],
)
def test_a_value_that_is_none_is_refused(kind: str, value: str) -> None:
    assert not IDENTIFIERS[kind].is_valid(value)


@pytest.mark.parametrize("identifier", IDENTIFIERS.values(), ids=lambda each: each.name)
def test_the_example_of_a_kind_is_valid(identifier: Identifier) -> None:
    assert identifier in tuple(kinds_of(identifier.example))


@given(citizens)
def test_a_citizens_number_tells_what_it_was_made_of(citizen: Citizen) -> None:
    assert read_citizen(citizen.text) == citizen


@given(entities)
def test_a_credit_code_tells_what_it_was_made_of(entity: Entity) -> None:
    assert read_entity(entity.text) == entity


@given(licences)
def test_a_licences_identifier_tells_what_it_was_made_of(licence: LicenceId) -> None:
    assert read_licence(licence.text) == licence


@pytest.mark.parametrize(
    "value", ["370117002011", "11370800MB285591843370117002011", "11310000MB2F30661Y231200356400001"]
)
def test_a_matters_code_is_put_together_from_its_parts(value: str) -> None:
    assert read_matter(value).text == value


def test_the_standard_of_a_matters_code_shows_in_its_form() -> None:
    shown = [code_standard(each) for each in ("370117002011", "XK01002003", "0100-A-00100")]

    assert shown == ["matter-code", "matter-code-db52", "matter-code-local"]


@given(st.sampled_from(("citizen-id", "credit-code", "licence-id")), st.data())
def test_one_wrong_character_is_always_found(kind: str, data: st.DataObject) -> None:
    valid = data.draw(valid_texts[kind])
    place = data.draw(st.integers(0, len(valid) - 1).filter(lambda index: valid[index] != "."))
    wrong = data.draw(st.sampled_from(ALPHABET).filter(lambda each: each != valid[place]))
    changed = valid[:place] + wrong + valid[place + 1 :]

    assert IDENTIFIERS[kind].is_valid(valid)
    assert not IDENTIFIERS[kind].is_valid(changed)


@given(organisations, st.integers(0, 7), st.data())
def test_a_wrong_character_of_an_organisation_is_found_unless_eleven_divides_the_difference(
    valid: str, place: int, data: st.DataObject
) -> None:
    wrong = data.draw(LETTERS.filter(lambda each: (int(each, 36) - int(valid[place], 36)) % 11))

    assert not IDENTIFIERS["organisation-code"].is_valid(valid[:place] + wrong + valid[place + 1 :])


@given(citizens.filter(lambda each: each.birth.year // 100 == 19))
def test_a_number_of_fifteen_digits_is_widened(citizen: Citizen) -> None:
    short = citizen.text[:6] + citizen.text[8:17]

    assert widened(short) == citizen.text
    assert widened(citizen.text) == citizen.text


near = st.one_of(*valid_texts.values(), st.from_regex(r"[0-9X]{17,19}", fullmatch=True), st.text(max_size=34))
patterned = st.one_of(*(st.from_regex(each.pattern, fullmatch=True) for each in IDENTIFIERS.values()))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(st.none(), near, patterned), max_size=12))
def test_columns_are_judged_as_single_texts_are(values: list[str | None]) -> None:
    frame = polars.DataFrame({"text": values}, schema={"text": polars.String})
    for identifier in IDENTIFIERS.values():
        judged = frame.select(fits(identifier)(polars.col("text"))).to_series().to_list()

        assert judged == [None if each is None else identifier.is_valid(each) for each in values]
