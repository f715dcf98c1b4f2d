"""Which vault id a path belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest

from yiwang.core.errors import VaultError
from yiwang.core.vault.rules import Rules, read_rules


def rules(folder: Path, text: str) -> Rules:
    (folder / "ids.yaml").write_text(text, "utf-8")
    return read_rules(folder)


def test_without_a_file_all_belongs_to_the_city(tmp_path: Path) -> None:
    assert read_rules(tmp_path).id_of("counties/410621/x") == "city"


def test_the_longest_prefix_decides_in_whole_parts(tmp_path: Path) -> None:
    found = rules(
        tmp_path, "default: hebi\nprefixes:\n  counties/410621: 410621\n  counties/410621/police: police\n  a: '007'\n"
    )

    assert found.id_of("counties/410621/edge-1/password") == "410621"
    assert found.id_of("counties/410621") == "410621"
    assert found.id_of("counties/410621/police/x") == "police"
    assert found.id_of("counties/4106211/x") == "hebi"
    assert found.id_of("a/b") == "007"
    assert found.ids() == ("hebi", "007", "410621", "police")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("default: [a]\n", "ids.yaml:1:10"),
        ("defualt: city\n", "ids.yaml:1:1"),
        ("prefixes:\n  counties/../x: a\n", "ids.yaml:2"),
        ("prefixes:\n  counties: 'a;b'\n", "ids.yaml:2:13"),
        ("- a\n", "ids.yaml:1:1"),
        ("a: b: c\n", "ids.yaml:1"),
    ],
)
def test_a_malformed_file_is_refused_with_its_place(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(VaultError) as refused:
        rules(tmp_path, text)

    assert refused.value.error.id == "E0611"
    assert where in str(refused.value)
