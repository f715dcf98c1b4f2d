"""What a device sent becomes what a person would have seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.network.collect.screen import decoded, shown


@pytest.mark.parametrize(
    ("raw", "lines"),
    [
        ("one\r\ntwo  \r\n", "one\ntwo\n"),
        ("  ---- More ----\x1b[16D                \x1b[16Dinterface LoopBack0\r\n", "interface LoopBack0\n"),
        ("---- More ----\x1b[14D              \x1b[14D shutdown\r\n", " shutdown\n"),
        (" --More-- \b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\b ip address\r\n", " ip address\n"),
        ("\r\r\nhostname a\r\r\n", "\nhostname a\n"),
        ("\x1b[32mgreen\x1b[0m\x1b[K line\r\n", "green line\n"),
        ("\x1b]0;title\x07prompt#", "prompt#"),
        ("a\x00b\x07", "ab"),
        ("abc\x1b[2Kd", "   d"),
    ],
)
def test_what_is_overwritten_is_not_seen(raw: str, lines: str) -> None:
    assert shown(raw) == lines


@given(st.text())
def test_no_input_is_too_odd(raw: str) -> None:
    assert "\r" not in shown(raw)


@given(st.lists(st.from_regex(r"[!-~]([ -~]{0,60}[!-~])?", fullmatch=True), max_size=8))
def test_plain_lines_are_seen_as_they_are(lines: list[str]) -> None:
    assert shown("\r\n".join(lines)) == "\n".join(lines)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_chinese_is_read_in_both_encodings(encoding: str) -> None:
    text = " description 至鹤壁市政务中心核心交换机\n"

    assert decoded(text.encode(encoding)) == text
