"""The reference pages name everything that the code offers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from tooling.reference.annotation import default_words, field_words, hints  # noqa: E402
from yiwang.core.i18n import use  # noqa: E402
from yiwang.core.settings import setting_names  # noqa: E402
from yiwang.inventory.model import KINDS  # noqa: E402
from yiwang.inventory.model.names import Name  # noqa: E402

SCRIPT = """
import json, sys
sys.path.insert(0, {root!r})
from tooling.reference.pages import rendered
print(json.dumps({{str(path): text for path, text in rendered().items()}}))
"""


def pages(**environment: str) -> dict[str, str]:
    command = [sys.executable, "-c", SCRIPT.format(root=str(ROOT))]
    done = subprocess.run(command, env=environment, check=True, capture_output=True)
    return dict(json.loads(done.stdout))


class Inner(BaseModel):
    """A part."""

    name: Name


class Sample(BaseModel):
    """One field of each form."""

    many: tuple[Inner, ...] = ()
    choice: Literal["", "a", "b"] = "a"
    small: int | None = Field(None, ge=1, le=5)
    named: Name | None = None
    short: Annotated[str, Field(max_length=3)]
    either: dict[str, int | str] = {}


@pytest.mark.parametrize(
    ("language", "name", "words", "default"),
    [
        ("en", "many", "list of [Inner](#inner)", ""),
        ("en", "choice", "`a` | `b`", "`a`"),
        ("en", "small", "whole number, ≥ 1, ≤ 5", ""),
        ("en", "named", "name", ""),
        ("en", "short", "text, at most 3 characters", "**required**"),
        ("en", "either", "mapping of name to whole number or text", ""),
        ("zh_CN", "many", "[Inner](#inner)的列表", ""),
        ("zh_CN", "short", "文本，至多 3 个字符", "**必填**"),
    ],
)
def test_a_field_is_told_in_words(language: str, name: str, words: str, default: str) -> None:
    use(language)
    field = Sample.model_fields[name]

    told = field_words(hints(Sample)[name], field), default_words(field)
    use(None)

    assert told == (words, default)


def test_every_setting_and_every_section_and_key_has_its_line() -> None:
    found = pages(HOME="/nowhere")
    settings, estate = found["docs/zh-CN/reference/settings.md"], found["docs/reference/estate.md"]

    assert [name for name, _field in setting_names() if f"| `{name}` |" not in settings] == []
    assert [name for name in KINDS if f"### {name}\n" not in estate] == []
    keys = {key for model in KINDS.values() for key in model.model_fields}
    assert [key for key in sorted(keys) if f"| `{key}` |" not in estate] == []


def test_the_pages_are_the_same_in_every_locale_and_terminal() -> None:
    english = pages(LANG="C.UTF-8", COLUMNS="40", HOME="/nowhere")
    chinese = pages(LANG="zh_CN.UTF-8", COLUMNS="200", HOME="/elsewhere", TERM="xterm")

    assert english == chinese
