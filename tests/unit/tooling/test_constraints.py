"""The pins of what the project is developed with."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from tooling.constraints import problems, rendered  # noqa: E402

PROJECT = """\
[project]
dependencies = ["pydantic>=2.10", "Ruamel.Yaml>=0.18"]
[project.optional-dependencies]
dev = ["pytest>=8"]
"""


def test_the_file_holds_names_and_versions_and_nothing_else() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()

    assert [line for line in lines if not re.fullmatch(r"#.*|[a-z0-9-]+==[0-9][A-Za-z0-9.]*", line)] == []
    assert not any(line.startswith("yiwang") for line in lines)


def test_what_is_installed_is_rendered_sorted_without_the_project() -> None:
    pins = rendered().splitlines()[1:]

    names = [pin.partition("==")[0] for pin in pins]
    assert names == sorted(names)
    assert any(pin.startswith("pydantic==") for pin in pins)
    assert not any(pin.startswith(("yiwang==", "pip==")) for pin in pins)


@pytest.mark.parametrize(
    ("pins", "fault"),
    [
        ("pydantic==2.14.0\npytest==9.0\n", "no pin"),
        ("pydantic==2.1.0\nruamel-yaml==0.18\npytest==9.0\n", "pydantic"),
        ("pydantic==2.99.0\nruamel-yaml==0.18\npytest==9.0\n", "is installed"),
    ],
)
def test_a_pin_that_is_missing_unfit_or_not_what_is_installed_is_found(tmp_path: Path, pins: str, fault: str) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "constraints.txt").write_text(pins)

    assert any(fault in problem for problem in problems(tmp_path))
