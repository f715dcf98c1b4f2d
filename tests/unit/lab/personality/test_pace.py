"""A file makes a device slow for as long as it exists."""

from __future__ import annotations

from pathlib import Path

import pytest

from yiwang.lab.personality.engine.pace import seconds


def test_each_moment_waits_as_long_as_the_file_says(tmp_path: Path) -> None:
    file = tmp_path / "slow"
    file.write_text("login=1 prompt=0.2\nline=0.01\n")

    assert [seconds(moment, file) for moment in ("login", "prompt", "line", "other")] == [1, 0.2, 0.01, 0]


@pytest.mark.parametrize("text", [None, "", "login", "login=soon", "\x00\xff"])
def test_without_a_file_or_with_nonsense_nothing_waits(text: str | None, tmp_path: Path) -> None:
    file = tmp_path / "slow"
    if text is not None:
        file.write_bytes(text.encode("latin-1"))

    assert seconds("login", file) == 0


def test_nobody_waits_for_ever(tmp_path: Path) -> None:
    file = tmp_path / "slow"
    file.write_text("login=1e9")

    assert seconds("login", file) == 600
