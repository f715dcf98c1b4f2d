"""An estate's own profile: a server of a kind that the product has none for."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from yiwang.inventory.loading.load import load
from yiwang.lab.drafting import Request
from yiwang.lab.fixtures import lab_name, raised_lab
from yiwang.lab.lab import Lab

pytestmark = pytest.mark.xdist_group("lab")

ESTATE = Path(__file__).parents[3] / "estates" / "departments"
PROFILE = """
title: 文件同步
services: [ssh, rsync]
memory_mib: 20
packages: [rsync]
adapters: [oracle]
port: 873
choices:
  locked: {by: direction, values: {in: "yes", out: "no", both: "no"}}
files:
  /etc/rsyncd.conf: |
    [@system@]
    path = /srv
    read only = @locked@
setup: |
  echo @adapter@ >/srv/note
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("estate") / "departments"
    shutil.copytree(ESTATE, folder)
    (folder / "lab/profiles").mkdir(parents=True)
    (folder / "lab/profiles/rsync.yaml").write_text(PROFILE, encoding="utf-8")
    yield from raised_lab(load(folder).require(), Request(lab_name("own"), servers=("land",)))


def test_its_service_answers_with_the_settings_of_the_adapter(lab: Lab) -> None:
    host = lab.machine("land").host

    with socket.create_connection((host.management, 873), 5) as connection:
        greeting = connection.recv(8)

    assert greeting == b"@RSYNCD:"
    assert "[land]\npath = /srv\nread only = yes\n" in lab.machine("land").run("cat", "/etc/rsyncd.conf").stdout
    assert lab.machine("land").run("cat", "/srv/note").stdout == "land\n"
    assert host.profile == "rsync"
