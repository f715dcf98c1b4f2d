"""Public keys in their two forms."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.deploy.bundle.faults import BundleError
from yiwang.deploy.bundle.trusted import PublicKey, _crc24, _unwrapped, public_key


@given(st.binary(max_size=400))
def test_a_key_comes_back_from_its_text_as_it_was(content: bytes) -> None:
    text = PublicKey(content, "").text

    assert _unwrapped(text.encode()) == content
    assert _unwrapped(text.replace("\n", "\r\n").encode()) == content


@given(st.binary(max_size=60))
def test_what_is_no_key_is_refused_and_never_breaks(content: bytes) -> None:
    with contextlib.suppress(BundleError):
        public_key(content, origin="here")


def test_the_checksum_is_the_one_of_the_standard() -> None:
    assert _crc24(b"") == 0xB704CE
    assert _crc24(b"123456789") == 0x21CF02


def test_what_stands_before_the_empty_line_is_passed_over() -> None:
    with_comment = PublicKey(b"abc", "").text.replace("BLOCK-----\n\n", "BLOCK-----\nComment: from Hebi\n\n", 1)

    assert _unwrapped(with_comment.encode()) == b"abc"


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PGP PUBLIC KEY BLOCK-----", b"\x98\x33\x04", b"hello world"])
def test_a_file_that_is_something_else_is_named(content: bytes) -> None:
    with pytest.raises(BundleError, match="E2197") as caught:
        public_key(content, origin="builder.asc")

    assert "builder.asc" in str(caught.value)
