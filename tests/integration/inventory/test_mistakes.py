"""Every kind of mistake that a file can hold is found at its place and explained in both languages.

A case is a file under ``mistakes/``: it is laid beside the clean estate in ``base/``, and its
first line says which code is expected and what stands at the place that the finding names.
"""

import re
import shutil
from pathlib import Path

import pytest

from yiwang.app import App, error_codes
from yiwang.core.errors import Finding
from yiwang.core.i18n import use
from yiwang.core.settings import load_settings

HERE = Path(__file__).parent
CASES = sorted((HERE / "mistakes").glob("*.yaml"))

# Codes that are no mistake in one more file; each has a test of its own.
ELSEWHERE = {
    "E0101", "E0106", "E0107", "E0108", "E0109", "E0111",  # tests/unit/core/test_document.py
    "E0130",  # test_export_and_import_commands.py
    "E1000", "E1001", "E1002", "E1003", "E1004", "E1006", "E1011", "E1106", "E1153",  # test_loading.py
    "E1022", "E1023",  # test_lookup.py, tests/acceptance/test_command_line.py
}  # fmt: skip


def check(folder: Path, cache: Path) -> tuple[Finding, ...]:
    return App(load_settings([f"cache_folder={cache}"], environ={})).check_estate(folder).findings


def test_the_estate_beside_which_mistakes_are_planted_is_clean(tmp_path: Path) -> None:
    assert [str(finding) for finding in check(HERE / "base", tmp_path)] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_planted_mistake_is_found_at_its_place_and_explained_in_both_languages(case: Path, tmp_path: Path) -> None:
    text = case.read_text(encoding="utf-8")
    expected = re.match(r"# expect: (E\d{4}) at (.+)", text)
    assert expected
    shutil.copytree(HERE / "base", tmp_path / "estate")
    shutil.copy(case, tmp_path / "estate" / "zz.yaml")

    findings = check(tmp_path / "estate", tmp_path / "cache")

    code, wanted = expected.groups()
    found = [finding for finding in findings if finding.error.id == code]
    assert found, [str(finding) for finding in findings]
    at = found[0].position
    assert at.file.name == "zz.yaml"
    assert text.splitlines()[at.line - 1][at.column - 1 :].startswith(wanted)
    texts = {}
    for language in ("en", "zh_CN"):
        use(language)
        texts[language] = (found[0].message, found[0].advice)
    use(None)
    assert all(texts["en"])
    assert re.search(r"[\u4e00-\u9fff]", texts["zh_CN"][0])
    assert re.search(r"[\u4e00-\u9fff]", texts["zh_CN"][1])


def test_every_code_about_the_declared_estate_has_a_planted_mistake() -> None:
    planted = {case.stem[:5] for case in CASES} | ELSEWHERE

    missing = [
        code.id for code in error_codes() if re.match(r"E01|E11|E10|E13[1-9]", code.id) and code.id not in planted
    ]

    assert missing == []
