"""Reading YAML with positions: what is kept, what is refused, and where."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from yiwang.core.document import Quoted, parse, plain_value, read
from yiwang.core.errors import Position

FILE = Path("estate.yaml")

texts = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\u2028\u2029\ufeff\ufffe\uffff\x85"))
values = st.recursive(
    texts | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


def codes(content: bytes) -> list[str]:
    return [f"{finding.position}: {finding.error.id}" for finding in parse(content, FILE)[1]]


@given(st.dictionaries(texts, values, max_size=5))
def test_what_a_yaml_writer_writes_is_read_back_as_it_was(data: dict[str, object]) -> None:
    written = yaml.safe_dump(data, allow_unicode=True).encode()

    document, findings = parse(written, FILE)

    assert findings == ()
    assert document.data == data


@given(st.binary(max_size=200))
def test_any_bytes_give_a_document_or_a_finding_and_never_an_exception(content: bytes) -> None:
    document, findings = parse(content, FILE)

    assert document.data is None or not any(f.error.id in ("E0101", "E0109") for f in findings)


@given(st.text(alphabet="a: -[]{}'\"#&*!|>%@`\n\t0", max_size=60))
def test_any_text_of_yaml_signs_gives_a_document_or_a_finding_with_a_place(text: str) -> None:
    _document, findings = parse(text.encode(), FILE)

    assert all(finding.position.line >= 1 for finding in findings)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.integers(0, 999), min_size=1, max_size=8))
def test_every_key_and_value_keeps_its_line_and_column(data: dict[str, int]) -> None:
    lines = [f"{key}:   {value}" for key, value in data.items()]

    document, _findings = parse("\n".join(lines).encode(), FILE)

    for number, key in enumerate(data, 1):
        assert document.position((key,), of_key=True) == Position(FILE, number, 1)
        assert document.position((key,)) == Position(FILE, number, len(key) + 5)


def test_a_value_that_is_not_there_is_placed_at_its_nearest_parent() -> None:
    document, _findings = parse(b"a:\n  b: [1, 2]\n", FILE)

    assert document.position(("a", "b", 7)) == Position(FILE, 2, 3)
    assert document.position(("x",)) == Position(FILE, 1, 1)


def test_plain_words_stay_the_text_that_was_written() -> None:
    document, _findings = parse(b"a: NO\nb: 0410\nc: 1.10\nd: on\ne: ~\nf:\ng: null\n", FILE)

    assert document.data == {"a": "NO", "b": "0410", "c": "1.10", "d": "on", "e": None, "f": None, "g": None}


def test_free_values_follow_yaml_1_2_and_quotes_keep_text() -> None:
    document, _findings = parse(b"a: [NO, 0410, '0410', 0x1f, 1.5, true, 'true', 1e3]\n", FILE)

    assert plain_value(document.data["a"]) == ["NO", 410, "0410", 31, 1.5, True, "true", 1000.0]
    assert isinstance(document.data["a"][2], Quoted)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("名称: 浚县".encode("gbk"), ["estate.yaml:1:1: E0101"]),
        ("a: 1\n名称: 浚县".encode("gb18030"), ["estate.yaml:2:1: E0101"]),
        ("a: 1".encode("utf-16"), ["estate.yaml:1:1: E0101"]),
        (b"\xff\xff\xff", ["estate.yaml:1:1: E0109"]),
        (b"a: 1\nb: \x00", ["estate.yaml:2:1: E0109"]),
        (b"a:\n\tb: 1", ["estate.yaml:2:1: E0103"]),
        (b"a: 1\na: 2\na: 3", ["estate.yaml:2:1: E0104", "estate.yaml:3:1: E0104"]),
        (b"a: *x", ["estate.yaml:1:4: E0102"]),
        (b"? [1, 2]\n: 3", ["estate.yaml:1:3: E0102"]),
        (b"a: 1\n---\nb: 2", ["estate.yaml:2:1: E0110"]),
        (b"a: !!python/object/apply:os.system [x]", ["estate.yaml:1:4: E0105"]),
        (b"[" * 60, ["estate.yaml:1:42: E0107"]),
        (b"\xef\xbb\xbfa: 1", []),
        (b"", []),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_code_and_place(content: bytes, expected: list[str]) -> None:
    assert codes(content) == expected


def test_an_alias_bomb_is_refused_before_it_unfolds() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]

    assert [code[-5:] for code in codes("\n".join(lines).encode())] == ["E0107"]


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    large = tmp_path / "large.yaml"
    with large.open("wb") as file:
        file.truncate(50 * 1024 * 1024)

    content, findings = read(large, max_file_mib=16)

    assert content == b""
    assert [finding.error.id for finding in findings] == ["E0106"]
    assert "50" in findings[0].message


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    assert [finding.error.id for finding in read(tmp_path / "no.yaml")[1]] == ["E0111"]
