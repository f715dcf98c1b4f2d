"""The pages' commands are run as they stand, and their links lead somewhere.

A block ``run root`` works in a rehearsal lab: it is left out where none can be, and on Chinese pages, whose
commands are the same as those of their English twins.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from yiwang.core.settings import load_settings
from yiwang.lab.fixtures import lab_name, require_lab
from yiwang.lab.lowering import lower
from yiwang.lab.state import LabFolder, lab_path

ROOT = Path(__file__).resolve().parents[3]
FENCE = re.compile(r"^```(\w+) (run(?: fails| root)?|file=(\S+))\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]*)(?:#([^)]*))?\)")
PAGES = sorted(file.relative_to(ROOT).as_posix() for file in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))
LAB = LabFolder(lab_path(lab_name("page")))
EXECUTED = [page for page in PAGES if FENCE.search((ROOT / page).read_text("utf-8"))]


@dataclass(frozen=True)
class Block:
    """A fenced block: a file to write, or commands with the outcome they should have."""

    file: str | None
    text: str
    fails: bool = False
    needs_root: bool = False


def blocks(page: str) -> list[Block]:
    found = FENCE.finditer((ROOT / page).read_text("utf-8"))
    return [Block(match[3], match[4], match[2].endswith("fails"), match[2].endswith("root")) for match in found]


def marks(page: str) -> list[pytest.MarkDecorator]:
    needs_lab = "zh-CN" not in page and any(block.needs_root for block in blocks(page))
    return [pytest.mark.xdist_group("lab"), pytest.mark.slow] if needs_lab else []


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where a page begins: in a project with the example of Hebi; its lab has a name of this test process."""
    folder = tmp_path / "here"
    estate = shutil.copytree(ROOT / "examples/hebi", folder / "examples/hebi") / "estate.yaml"
    estate.write_text(estate.read_text("utf-8").replace("name: hebi", f"name: {LAB.name}"), "utf-8")
    yield folder
    if LAB.layout_file.exists():
        lower(LAB)
    shutil.rmtree(load_settings().settings.lab.folder / "snapshots" / LAB.name, ignore_errors=True)


@pytest.mark.parametrize("page", [pytest.param(page, marks=marks(page)) for page in EXECUTED])
def test_the_commands_of_a_page_do_what_it_says(page: str, folder: Path, tmp_path: Path) -> None:
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "LANG": "zh_CN.UTF-8" if "zh-CN" in page else "C.UTF-8",
        "PYTHONUTF8": "1",
    }
    # Whatever other labs are up on this machine, a page sees its own only.
    in_lab = {"YIWANG_LAB_NAME": LAB.name}
    where = folder

    for block in blocks(page):
        if block.needs_root:
            if "zh-CN" in page:
                continue
            require_lab()
        text = block.text.replace("/somewhere", str(tmp_path / "somewhere"))
        if block.file:
            (where / block.file).parent.mkdir(parents=True, exist_ok=True)
            (where / block.file).write_text(text, "utf-8")
            continue
        # The folder that a block changes to is where the next one begins.
        script = f"set -e\n{text}\npwd >&9\n"
        with (tmp_path / "where").open("wb") as told:
            done = subprocess.run(
                ["bash", "-c", 'exec 9>&"$1"; eval "$2"', "page", str(told.fileno()), script],
                cwd=where,
                env=environment | (in_lab if LAB.layout_file.exists() else {}),
                pass_fds=[told.fileno()],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                start_new_session=True,
            )
        assert (done.returncode != 0) is block.fails, f"{text}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        where = Path((tmp_path / "where").read_text().strip() or where)


def test_the_pages_with_commands_are_found() -> None:
    assert {"README.md", "README.zh-CN.md", "docs/tutorial/first-estate.md", "docs/how-to/keep-secrets.md"} <= set(
        EXECUTED
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_page_and_every_anchor_to_a_heading(page: str) -> None:
    file = ROOT / page
    broken = []
    # What stands as code is no link: [A-T](…) is a pattern.
    for target, anchor in LINK.findall(re.sub(r"`[^`\n]*`", "", file.read_text("utf-8"))):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        aimed = (file.parent / target).resolve() if target else file
        if not aimed.exists() or (anchor and anchor not in anchors(aimed)):
            broken.append(f"{target}#{anchor}")

    assert broken == []


def test_every_page_is_reached_from_the_readme_of_its_language() -> None:
    reached = {ROOT / "README.md", ROOT / "README.zh-CN.md"}
    new = set(reached)
    while new:
        targets = {(page.parent / link).resolve() for page in new for link, _ in LINK.findall(page.read_text("utf-8"))}
        new = {target for target in targets if target.suffix == ".md" and target.exists()} - reached
        reached |= new

    assert [page for page in PAGES if ROOT / page not in reached] == []


def anchors(file: Path) -> set[str]:
    """Where a page's headings can be linked to, as forges make it."""
    headings = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [page for page in EXECUTED if page.startswith("docs/") and "zh-CN" not in page])
def test_the_chinese_page_runs_the_same_commands(page: str) -> None:
    twin = page.replace("docs/", "docs/zh-CN/", 1)

    assert blocks(twin) == blocks(page)


def test_the_chinese_readme_runs_the_same_commands() -> None:
    assert blocks("README.zh-CN.md") == blocks("README.md")
