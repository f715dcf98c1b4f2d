"""Nothing of a lab stays behind, however far it had come and however the tool ended."""

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from yiwang.lab import cgroup, footprint
from yiwang.lab.disk import mounts_below
from yiwang.lab.fixtures import SMALL, lab_name, require_lab
from yiwang.lab.lowering import NSPAWN, lower
from yiwang.lab.state import ROOT, LabFolder
from yiwang.lab.wiring import namespaces

pytestmark = pytest.mark.xdist_group("lab")


def remains(name: str, slot: int) -> list[str]:
    """Everything on this machine that bears the lab's name or number."""
    folder = ROOT / name
    links = (each.name for each in Path("/sys/class/net").iterdir())
    return [
        *(f"namespace {each}" for each in namespaces(slot)),
        *(f"interface {each}" for each in links if each == f"yw{slot}"),
        *(f"mount {each}" for each in mounts_below(folder)),
        *(f"group {each}" for each in cgroup.groups(slot) if each.exists()),
        *(f"process {each}" for each in processes_of(slot, folder)),
        *(f"folder {each}" for each in (folder, *NSPAWN.glob(f"*/yw{slot}-*")) if each.exists()),
    ]


def processes_of(slot: int, folder: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            groups = (process / "cgroup").read_text()
            is_dead = "\nState:\tZ" in (process / "status").read_text()
        except OSError:
            continue
        if not is_dead and (f"/yiwang-lab/yw{slot}/" in groups or f"{folder}/" in words):
            found.append(f"{process.name} {words[:80]}")
    return found


@pytest.mark.parametrize("stage", ["wiring", "disks", "booting"])
def test_a_lab_whose_maker_was_killed_goes_down_whole(stage: str) -> None:
    require_lab()
    name = lab_name(f"killed-{stage}")
    folder = LabFolder(ROOT / name)
    command = ["yiwang", "lab", "up", str(SMALL), "--lab", name]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True, env={**os.environ, "LC_ALL": "C.UTF-8"}
    ) as making:
        assert making.stderr is not None
        assert any(line.strip() == stage for line in making.stderr)
        os.killpg(making.pid, signal.SIGKILL)
    slot = folder.read().slot
    assert remains(name, slot)

    done = subprocess.run(["yiwang", "lab", "down", "--lab", name], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert remains(name, slot) == []


def test_a_half_made_lab_is_made_anew_by_the_same_command() -> None:
    require_lab()
    name = lab_name("half")
    folder = LabFolder(ROOT / name)
    command = ["yiwang", "lab", "up", str(SMALL), "desk-1", "--only", "--lab", name]
    try:
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "LC_ALL": "C"}) as making:
            assert making.stderr is not None
            assert any(line.strip() == "wiring" for line in making.stderr)
            making.kill()

        done = subprocess.run(command, capture_output=True, text=True, check=False)

        assert done.returncode == 0, done.stderr
        assert "desk-1" in done.stdout
    finally:
        if folder.layout_file.exists():
            lower(folder)


def test_two_calls_at_once_take_a_lab_down_once() -> None:
    require_lab()
    name = lab_name("twice")
    subprocess.run(
        ["yiwang", "lab", "up", str(SMALL), "desk-1", "--only", "--lab", name], capture_output=True, check=True
    )
    folder = LabFolder(ROOT / name)
    slot = folder.read().slot

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(lower, (folder, folder)))

    assert ended == [None, None]
    assert remains(name, slot) == []


def test_the_machines_limits_come_back_after_the_last_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in footprint.LIMITS:
        (tmp_path / "sys" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "sys" / name).write_text("128\n")
    ground = footprint.Ground(tmp_path / "sys", tmp_path / "netns", tmp_path / "before.json")

    footprint.widen(ground)
    footprint.widen(ground)
    raised = {name: (ground.sysctl / name).read_text() for name in footprint.LIMITS}
    footprint.restore(ground)

    assert raised == {name: str(least) for name, least in footprint.LIMITS.items()}
    assert all((ground.sysctl / name).read_text().strip() == "128" for name in footprint.LIMITS)
    assert not ground.before.exists()
