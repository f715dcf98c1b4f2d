"""Departments' servers on the command line."""

import subprocess
from pathlib import Path

import pytest

from yiwang.lab.fixtures import lab_name, require_lab
from yiwang.lab.state import ROOT

pytestmark = pytest.mark.xdist_group("lab")

ESTATE = Path(__file__).parents[2] / "estates" / "departments"


def yiwang(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["yiwang", *words], capture_output=True, text=True, check=False)


def test_an_unknown_adapter_is_refused_before_anything_is_made() -> None:
    require_lab()
    name = lab_name("refused")

    done = yiwang("lab", "up", str(ESTATE), "--lab", name, "--server", "hosing")

    assert "E6353" in done.stderr
    assert 'did you mean "housing"' in done.stderr
    assert not (ROOT / name).exists()


def test_a_server_comes_up_beside_its_exchange_node_and_goes_down_with_the_lab() -> None:
    require_lab()
    name = lab_name("one-server")
    try:
        up = yiwang("lab", "up", str(ESTATE), "name=exchange-1", "--only", "--lab", name, "--server", "water")
        asked = yiwang("lab", "exec", "--lab", name, "water", "--", "runuser", "-u", "postgres", "--", "psql", "-lqtA")
        limits = yiwang("lab", "limits", "--lab", name)
    finally:
        down = yiwang("lab", "down", "--lab", name)

    assert up.returncode == 0, up.stderr
    assert "\nwater|" in f"\n{asked.stdout}", asked.stderr
    assert "the adapter declares no address of its server" in limits.stdout, limits.stderr
    assert down.returncode == 0
    assert not (ROOT / name).exists()
