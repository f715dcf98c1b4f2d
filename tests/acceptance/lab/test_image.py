"""``yiwang lab image`` and ``repository`` as they are used."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from yiwang.core.settings import load_settings
from yiwang.lab.fixtures import require_lab
from yiwang.lab.image.build import ensure_image

BIN = Path(sys.executable).parent


def lab(*words: str, folder: Path, language: str = "en") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "YIWANG_LAB_FOLDER": str(folder), "YIWANG_LANGUAGE": language}
    command = [str(BIN / "yiwang"), "lab", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("verb", ["image", "repository"])
def test_where_nothing_was_built_the_next_step_is_told(tmp_path: Path, verb: str) -> None:
    done = lab(verb, folder=tmp_path)

    assert (done.returncode, done.stdout) == (0, "")
    assert f"yiwang lab {verb} --build" in done.stderr
    assert not list(tmp_path.iterdir())


def test_an_image_is_shown_with_the_versions_of_its_packages() -> None:
    require_lab()
    folder = load_settings().settings.lab.folder
    image = ensure_image(folder)

    shown = lab("image", "-o", "json", folder=folder)
    table = lab("image", folder=folder, language="zh_CN")

    (item,) = (each for each in json.loads(shown.stdout)["items"] if each["image"] == image.id)
    assert item["packages"]["frr"] == image.record.packages["frr"]
    assert item["path"] == str(image.path)
    assert image.id in table.stdout
    assert "镜像" in table.stdout
