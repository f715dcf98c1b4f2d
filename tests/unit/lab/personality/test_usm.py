"""Keys are derived as the standards derive them."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.core.vault.secret import Secret
from yiwang.lab.personality import usm


def as_the_standard_says(pass_phrase: bytes, engine: bytes) -> bytes:
    """RFC 3414 A.2.2, byte by byte, with SHA-256 (RFC 7860)."""
    expanded = bytes(pass_phrase[index % len(pass_phrase)] for index in range(1_048_576))
    key = hashlib.sha256(expanded).digest()
    return hashlib.sha256(key + engine + key).digest()


@settings(max_examples=5, deadline=None)
@given(st.text("abc123", min_size=1, max_size=40), st.binary(min_size=5, max_size=32))
def test_a_key_is_that_of_the_standard(pass_phrase: str, engine: bytes) -> None:
    assert usm.localized_key(Secret(pass_phrase), engine) == as_the_standard_says(pass_phrase.encode(), engine)


def test_the_line_for_net_snmp_does_not_hold_the_pass_phrase() -> None:
    line = usm.create_user("yiwang", auth=Secret("authentic"), privacy=Secret("private!"), engine=usm.engine_id("r1"))

    assert "authentic" not in line
    assert "private!" not in line
    assert line.startswith("createUser yiwang SHA-256 -l 0x")


def test_an_empty_pass_phrase_makes_no_key() -> None:
    with pytest.raises(ValueError, match="empty"):
        usm.localized_key(Secret(""), b"engine")


def test_each_device_has_an_engine_of_its_own() -> None:
    assert usm.engine_id("r1") == usm.engine_id("r1") != usm.engine_id("r2")
    assert len(usm.engine_id("r1")) == 17
