"""Canonical JSON, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.core.canonical import canonical, clean_text
from yiwang.core.errors import DatabaseError
from yiwang.core.vault.secret import Secret

texts = st.text(st.characters(blacklist_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_plain_data_comes_back_from_its_one_text(value: Any) -> None:
    text = canonical(value)

    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text


@given(st.dictionaries(texts, values, max_size=5), st.randoms())
def test_the_order_of_keys_does_not_matter(value: dict[str, Any], chance: Any) -> None:
    keys = list(value)
    chance.shuffle(keys)

    assert canonical({key: value[key] for key in keys}) == canonical(value)


@pytest.mark.parametrize("value", [object(), {1j}, b"x", float("nan"), float("inf"), "\ud800", {("a",): 1}])
def test_what_is_not_plain_data_is_refused(value: Any) -> None:
    with pytest.raises(DatabaseError) as caught:
        canonical({"a": [value]} if not isinstance(value, dict) else value)

    assert caught.value.error.id == "E0310"


def test_a_value_that_holds_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)

    with pytest.raises(DatabaseError):
        canonical(value)


def test_a_secret_is_refused_wherever_it_hides_and_not_shown() -> None:
    with pytest.raises(DatabaseError) as caught:
        canonical({"a": [{"b": Secret("geheim")}]})

    assert caught.value.error.id == "E0311"
    assert "geheim" not in f"{caught.value!s} {caught.value!r} {caught.value.advice}"


@given(st.text())
def test_cleaned_text_can_be_kept_by_every_database(text: str) -> None:
    cleaned = clean_text(text)

    assert "\x00" not in cleaned
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert clean_text(cleaned) == cleaned
