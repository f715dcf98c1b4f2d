"""Masked database URLs."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from yiwang.core.database.address import masked_url, parse_url, shown_url


@given(st.text(min_size=8).filter(lambda text: "*" not in text))
def test_no_password_shows_however_it_is_written(password: str) -> None:
    url = f"postgresql://wang:{password}@db.example/yiwang"

    assert password not in masked_url(url)
    assert masked_url(url) == "postgresql://wang:***@db.example/yiwang"


@given(st.text(st.characters(codec="ascii", exclude_characters="&*"), min_size=8))
def test_no_password_among_the_options_shows(password: str) -> None:
    assume(not password.startswith("localhost"))
    url = f"postgresql://localhost/x?sslpassword=1&password={password}&sslmode=require"

    assert masked_url(url) == "postgresql://localhost/x?sslpassword=***&password=***&sslmode=require"


@pytest.mark.parametrize(
    "url", ["", "sqlite:////var/lib/yiwang.db", "postgresql://db.example/x", "postgresql://wang@db.example:5432/x"]
)
def test_a_url_without_a_password_is_shown_as_it_is(url: str) -> None:
    assert masked_url(url) == url


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_uses_the_same_driver(scheme: str) -> None:
    url = parse_url(f"{scheme}://wang:geheim@db.example/x")

    assert url.drivername == "postgresql+psycopg"
    assert shown_url(url) == "postgresql+psycopg://wang:***@db.example/x"
