"""Keeping a lab and bringing it back."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from yiwang.core.settings import LabSettings, load_settings
from yiwang.inventory.loading.load import load
from yiwang.inventory.selector import parse_selector
from yiwang.lab.drafting import Request
from yiwang.lab.fixtures import SMALL, lab_name, raised_lab
from yiwang.lab.lab import Lab
from yiwang.lab.lowering import lower
from yiwang.lab.raising import restore
from yiwang.lab.snapshot import find_snapshot, snapshots, take

pytestmark = pytest.mark.xdist_group("lab")


@pytest.fixture
def settings(tmp_path: Path) -> LabSettings:
    return load_settings().settings.lab.model_copy(update={"folder": tmp_path})


@pytest.fixture
def lab() -> Iterator[Lab]:
    chosen = parse_selector("desk-1|access-1")
    yield from raised_lab(load(SMALL).require(), Request(lab_name("kept"), chosen, is_exact=True))


def test_a_lab_comes_back_as_it_was_kept(lab: Lab, settings: LabSettings) -> None:
    desk = lab.machine("desk-1")
    desk.run(
        "sh", "-c", "echo before >/etc/state; rm /etc/issue.net; chown 1234:5678 /etc/issue; chmod 4711 /etc/issue"
    )
    take(lab, "good", folder=settings.folder)
    desk.run("sh", "-c", "echo after >/etc/state")

    raised = restore(find_snapshot(settings.folder, lab.layout.name, "good"), lab.layout.name, settings=settings)

    again = raised.lab.machine("desk-1")
    assert not raised.silent
    assert again.run("cat", "/etc/state").stdout == "before\n"
    assert again.run("stat", "-c", "%u %g %a", "/etc/issue").stdout == "1234 5678 4711\n"
    assert again.run("test", "-e", "/etc/issue.net", check=False).returncode == 1
    assert again.host.host_key == desk.host.host_key


def test_a_kept_lab_comes_back_after_it_went_down(lab: Lab, settings: LabSettings) -> None:
    take(lab, "evening", folder=settings.folder)
    lower(lab.folder)

    raised = restore(find_snapshot(settings.folder, lab.layout.name, "evening"), lab.layout.name, settings=settings)

    done = subprocess.run(raised.lab.ssh_command("desk-1", ["hostname"]), capture_output=True, text=True, check=True)
    assert done.stdout == "desk-1\n"
    assert [each.name for each in snapshots(settings.folder, lab.layout.name)] == ["evening"]


def test_hosts_go_on_running_after_they_were_kept(lab: Lab, settings: LabSettings) -> None:
    take(lab, "meanwhile", folder=settings.folder)

    assert all(machine.is_answering(5) for machine in lab.machines)
