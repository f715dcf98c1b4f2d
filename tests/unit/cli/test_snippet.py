"""The source line under a finding: shown as it is, but never with a secret in it."""

from pathlib import Path

import pytest

from yiwang.cli.snippet import snippet
from yiwang.core.errors import Position


def shown(folder: Path, line: str) -> str:
    file = folder / "estate.yaml"
    file.write_text(line, encoding="utf-8")
    return snippet(Position(file, 1, 1))[0]


@pytest.mark.parametrize(
    "line",
    [
        "password: hunter2",
        "connection: {user: a, password: hunter2, port: 22}",
        "pasword: 'hunter2'",
        '"snmp_community": "hunter2"',
        "enable_password = hunter2",
        "token:hunter2",
        "AUTH: hunter2",
    ],
)
def test_what_follows_a_word_for_secrets_is_masked(tmp_path: Path, line: str) -> None:
    assert "hunter2" not in shown(tmp_path, line)


@pytest.mark.parametrize(
    "line",
    [
        "snmp: {auth: vault:counties/410621/snmp/auth, privacy: vault:x}",
        "password: vault:devices/core-1",
        "title: 市发改委",
        "- host-1",
    ],
)
def test_references_and_other_words_are_shown(tmp_path: Path, line: str) -> None:
    assert line in shown(tmp_path, line)


def test_the_caret_stands_under_the_column_also_behind_wide_characters(tmp_path: Path) -> None:
    file = tmp_path / "estate.yaml"
    file.write_text("名称: 浚县\n", encoding="utf-8")

    _source, caret = snippet(Position(file, 1, 5))

    assert caret.index("^") == len("    1 | ") + 6


def test_a_place_that_is_not_there_shows_nothing(tmp_path: Path) -> None:
    assert snippet(Position(tmp_path / "none.yaml", 3, 1)) == ()
