"""The wheels in a bundle: Yiwang is installed from them, and from nothing else."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import yiwang
from yiwang.deploy.bundle.archive import Bundle
from yiwang.deploy.bundle.build import build
from yiwang.deploy.bundle.faults import BundleError
from yiwang.deploy.bundle.wheels import PYTHON

from ..components.services.wheels import pack
from .conftest import Builder

pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != tuple(map(int, PYTHON.split("."))), reason="wheels are made by Debian 12's Python only"
)


@pytest.fixture
def whole(builder: Builder, tmp_path: Path) -> Bundle:
    """A bundle with wheels of what is installed here."""
    (tmp_path / "given").mkdir()
    pack(tmp_path / "given", "yiwang", "distributed")
    order = replace(builder.order({"trial": ("yiwang-other",)}), has_wheels=True, wheels=tmp_path / "given")
    return build(order, tmp_path / "whole.bundle", builder.folders)


def test_a_bare_python_installs_yiwang_from_the_bundle_alone(whole: Bundle, tmp_path: Path) -> None:
    subprocess.run(["tar", "-xf", str(whole.file)], cwd=tmp_path, check=True)
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "bare")], check=True)
    pip = [str(tmp_path / "bare/bin/pip"), "--isolated", "install", "-q", "--no-index", "--no-deps", "--require-hashes"]
    source = ["--find-links", str(tmp_path / "wheels"), "-r", str(tmp_path / "wheels/requirements.txt")]

    done = subprocess.run([*pip, *source], capture_output=True, text=True, check=False)
    said = subprocess.run([str(tmp_path / "bare/bin/yiwang"), "--version"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert said.stdout == f"yiwang {yiwang.__version__}\n"


def test_pages_in_both_languages_come_with_it(builder: Builder) -> None:
    made = builder.build()

    assert {"docs/index.md", "docs/zh-CN/index.md"} <= set(made.places)


def test_a_folder_that_lacks_a_wheel_is_told(builder: Builder, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    order = replace(builder.order({"trial": ("yiwang-other",)}), has_wheels=True, wheels=tmp_path / "empty")

    with pytest.raises(BundleError, match="E2192"):
        build(order, tmp_path / "whole.bundle", builder.folders)
