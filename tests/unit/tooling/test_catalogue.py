"""The Chinese catalogue's tooling, on a small package made for the test."""

from __future__ import annotations

import gettext
import io
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from tooling.catalogue import (  # noqa: E402
    check_catalogues,
    compile_catalogue,
    compiled,
    extract_catalogues,
    mo_file,
    po_file,
    read_catalogue,
)

ENTRY = 'msgid "{id}"\nmsgstr "{translation}"\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for part in ("core", "cli"):
        folder = tmp_path / "yiwang" / part
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
    write(tmp_path, "core/errors.py", '_("no file {name}")\n')
    return tmp_path


def write(root: Path, name: str, source: str) -> None:
    (root / "yiwang" / name).write_text(source, "utf-8")


def set_translation(root: Path, part: str, id: str, translation: str) -> None:
    file = po_file(part, root)
    text = file.read_text("utf-8")
    old = ENTRY.format(id=id, translation="")
    assert old in text
    file.write_text(text.replace(old, ENTRY.format(id=id, translation=translation)), "utf-8")


def faults(root: Path) -> list[str]:
    return [str(problem) for problem in check_catalogues(root)]


def test_strings_joined_by_the_compiler_are_extracted_whole(root: Path) -> None:
    write(root, "cli/show.py", 'N_(\n    "one "\n    "two"\n)\n_("three")\nother("four")\n')

    extract_catalogues(root)

    assert {m.id for m in read_catalogue(po_file("cli", root)) if m.id} == {"one two", "three"}


def test_a_complete_catalogue_has_no_problem_and_speaks_chinese(root: Path) -> None:
    extract_catalogues(root)
    set_translation(root, "core", "no file {name}", "没有文件 {name}")
    compile_catalogue(root)

    found = faults(root)
    translations = gettext.GNUTranslations(io.BytesIO(mo_file(root).read_bytes()))

    assert found == []
    assert translations.gettext("no file {name}") == "没有文件 {name}"


def test_extracting_twice_changes_nothing(root: Path) -> None:
    extract_catalogues(root)

    assert extract_catalogues(root) == ()


def test_a_translation_follows_its_message_to_another_part(root: Path) -> None:
    extract_catalogues(root)
    set_translation(root, "core", "no file {name}", "没有文件 {name}")
    write(root, "core/errors.py", "")
    write(root, "cli/show.py", '_("no file {name}")\n')

    extract_catalogues(root)

    moved = read_catalogue(po_file("cli", root)).get("no file {name}")
    assert moved is not None
    assert moved.string == "没有文件 {name}"
    assert read_catalogue(po_file("core", root)).get("no file {name}") is None


def test_a_translation_survives_its_messages_absence(root: Path) -> None:
    extract_catalogues(root)
    set_translation(root, "core", "no file {name}", "没有文件 {name}")
    source = (root / "yiwang/core/errors.py").read_text("utf-8")
    write(root, "core/errors.py", "")
    extract_catalogues(root)
    assert b"no file" not in compiled(root)
    write(root, "core/errors.py", source)

    extract_catalogues(root)

    back = read_catalogue(po_file("core", root)).get("no file {name}")
    assert back is not None
    assert back.string == "没有文件 {name}"


@pytest.mark.parametrize(
    ("translation", "fault"),
    [
        ("", "has no translation"),
        ("没有文件", "has other placeholders"),
        ("没有文件 {nome}", "has other placeholders"),
        ("没有文件 {name", "has other placeholders"),
        ("没有文件, {name}", "has half-width punctuation"),
    ],
)
def test_an_unfit_translation_is_found(root: Path, translation: str, fault: str) -> None:
    extract_catalogues(root)
    set_translation(root, "core", "no file {name}", translation)
    compile_catalogue(root)

    found = faults(root)

    assert len(found) == 1
    assert fault in found[0]


def test_an_unfinished_translation_is_found_and_left_out(root: Path) -> None:
    extract_catalogues(root)
    set_translation(root, "core", "no file {name}", "没有文件 {name}")
    file = po_file("core", root)
    file.write_text(file.read_text("utf-8").replace('msgid "no file', '#, fuzzy\nmsgid "no file'), "utf-8")
    compile_catalogue(root)

    found = faults(root)

    assert found == ['yiwang/core/zh_CN.po: "no file {name}": is marked fuzzy']
    assert "没有文件".encode() not in compiled(root)


def test_a_message_that_no_catalogue_has_is_found(root: Path) -> None:
    extract_catalogues(root)
    set_translation(root, "core", "no file {name}", "没有文件 {name}")
    write(root, "cli/show.py", '_("new words")\n')
    compile_catalogue(root)

    assert faults(root) == ['yiwang/cli/zh_CN.po: "new words": is missing; run scripts/catalogue extract']


@pytest.mark.parametrize("source", ["f\"{_('lost')}: {x}\"\n", "_(f'{x} lost')\n"])
def test_a_message_that_extraction_cannot_see_is_found(root: Path, source: str) -> None:
    write(root, "cli/show.py", source)
    extract_catalogues(root)

    assert any("f-string" in fault for fault in faults(root))


def test_one_message_with_two_translations_is_found(root: Path) -> None:
    write(root, "cli/show.py", '_("no file {name}")\n')
    extract_catalogues(root)
    set_translation(root, "core", "no file {name}", "没有文件 {name}")
    set_translation(root, "cli", "no file {name}", "文件 {name} 不存在")
    compile_catalogue(root)

    found = faults(root)

    assert len(found) == 1
    assert "is translated differently" in found[0]


def test_a_stale_compilation_is_found(root: Path) -> None:
    extract_catalogues(root)
    compile_catalogue(root)
    set_translation(root, "core", "no file {name}", "没有文件 {name}")

    assert faults(root) == [
        "yiwang/core/locale/zh_CN/LC_MESSAGES/yiwang.mo: is out of date; run scripts/catalogue compile"
    ]


def test_wrong_usage_of_the_script_is_told() -> None:
    done = subprocess.run([sys.executable, ROOT / "scripts/catalogue", "compil"], capture_output=True, text=True)

    assert done.returncode == 64
    assert "usage:" in done.stderr
