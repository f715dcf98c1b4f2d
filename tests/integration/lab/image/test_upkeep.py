"""Removing images and repositories that nobody uses, and no others."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from yiwang.lab.fixtures import require_lab
from yiwang.lab.image.upkeep import prune, used
from yiwang.lab.layout import Layout
from yiwang.lab.state import LabFolder

MOUNTED, KEPT, OLD, OTHER = "00000000000a", "00000000000b", "00000000000c", "00000000000d"


def put(folder: Path, kind: str, *ids: str) -> None:
    for id in ids:
        (folder / kind / id / "root").mkdir(parents=True)
        (folder / kind / f"{id}.log").write_text("said")


def there(folder: Path, kind: str) -> set[str]:
    return {each.name for each in (folder / kind).iterdir() if each.name != ".lock"}


@pytest.fixture
def mounted() -> Iterator[Callable[[Path], None]]:
    """Mounts a folder where only a process in a namespace of its own sees it, as a host's disk may be."""
    require_lab()
    started: list[subprocess.Popen[str]] = []

    def mount(place: Path) -> None:
        command = ["unshare", "--mount", "--propagation=private", "--pid", "--kill-child", "--fork"]
        script = f"mount --bind '{place}' /mnt && echo there && sleep 600"
        process = subprocess.Popen([*command, "sh", "-c", script], stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout
        assert process.stdout.readline() == "there\n"

    yield mount
    for process in started:
        process.kill()
        process.communicate()


def test_what_is_mounted_anywhere_is_in_use_and_stays(tmp_path: Path, mounted: Callable[[Path], None]) -> None:
    put(tmp_path, "images", MOUNTED, OLD)
    mounted(tmp_path / "images" / MOUNTED / "root")

    gone = prune(tmp_path)

    assert gone == (tmp_path / "images" / OLD,)
    assert there(tmp_path, "images") == {MOUNTED, f"{MOUNTED}.log"}


def test_what_is_asked_for_stays_and_what_a_crash_left_goes(tmp_path: Path) -> None:
    put(tmp_path, "images", KEPT, OLD)
    put(tmp_path, "repositories", OTHER)
    (tmp_path / "images" / f"{OTHER}.partial").mkdir()

    prune(tmp_path, keep=[KEPT])

    assert there(tmp_path, "images") == {KEPT, f"{KEPT}.log"}
    assert there(tmp_path, "repositories") == set()


def test_what_a_snapshot_stands_on_stays(tmp_path: Path) -> None:
    put(tmp_path, "images", KEPT, OLD)
    layout = Layout("trial", 0, "/estate", hosts=(), cables=(), image=str(tmp_path / "images" / KEPT / "root"))
    LabFolder(tmp_path / "snapshots/trial/before").write(layout)

    prune(tmp_path)

    assert KEPT in used(tmp_path)
    assert there(tmp_path, "images") == {KEPT, f"{KEPT}.log"}


def test_where_nothing_was_ever_built_there_is_nothing_to_remove(tmp_path: Path) -> None:
    assert prune(tmp_path / "none") == ()
    assert not (tmp_path / "none").exists()
