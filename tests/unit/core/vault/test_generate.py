"""Random passwords."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.core.vault.generate import CLASSES, LEAST_LENGTH, generate


@given(st.integers(LEAST_LENGTH, 64))
@settings(max_examples=200)
def test_a_password_has_every_class_of_character_and_no_other(length: int) -> None:
    text = generate(length).reveal()

    assert len(text) == length
    assert text[0].isalpha()
    assert all(set(text) & set(each) for each in CLASSES)
    assert set(text) <= set("".join(CLASSES))


def test_no_character_is_one_that_a_device_acts_on() -> None:
    assert not set("?#!\"'\\% \t$`lIO01") & set("".join(CLASSES))


def test_two_passwords_differ() -> None:
    assert generate() != generate()


def test_a_short_password_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 12"):
        generate(11)
