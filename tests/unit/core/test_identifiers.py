"""Check digits of identifiers, on published values and on every single slip of the pen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.core.identifiers import is_uscc, organisation_check, uscc_check

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@pytest.mark.parametrize("real", ["91350100M000100Y43", "11370800MB28559184", "11310000MB2F30661Y"])
def test_published_codes_pass(real: str) -> None:
    assert is_uscc(real)


@given(
    st.text(ALPHABET, min_size=2, max_size=2), st.integers(110000, 659004), st.text(ALPHABET, min_size=8, max_size=8)
)
def test_a_made_code_passes_and_any_single_changed_character_fails(head: str, division: int, body: str) -> None:
    first = f"{head}{division}{body}{organisation_check(body)}"
    code = first + uscc_check(first)

    assert is_uscc(code)
    for index in range(18):
        other = ALPHABET[(ALPHABET.index(code[index]) + 1) % 31]
        assert not is_uscc(code[:index] + other + code[index + 1 :])


@given(st.text(max_size=20))
def test_any_text_is_judged_without_an_exception(text: str) -> None:
    assert is_uscc(text) in (True, False)
