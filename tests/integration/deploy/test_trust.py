"""Pinning the host keys that real nodes and devices show."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from yiwang.core.database.connection import Database, open_database
from yiwang.core.journal import Journal
from yiwang.core.vault.secret import Secret
from yiwang.deploy.engine.faults import DeployError
from yiwang.deploy.trust import Meeting, meet, pin, require_unchanged
from yiwang.inventory.estate import Estate
from yiwang.inventory.loading.load import load
from yiwang.inventory.selector import parse_selector
from yiwang.lab.fixtures import SMALL, eventually
from yiwang.lab.lab import Lab

pytestmark = pytest.mark.xdist_group("lab")
ANOTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtg0CW9ol9yqKbvBLPgqyTzEZDtEV2PqRz9eL6lBCsG"


@dataclass(frozen=True)
class Site:
    """An estate's files without host keys, and the lab in which its hosts are."""

    folder: Path
    lab: Lab
    database: Database

    @property
    def estate(self) -> Estate:
        return load(self.folder).require()

    @property
    def text(self) -> str:
        return (self.folder / "estate.yaml").read_text(encoding="utf-8")

    def edit(self, old: str, new: str) -> None:
        assert old in self.text
        (self.folder / "estate.yaml").write_text(self.text.replace(old, new), encoding="utf-8")

    def key(self, name: str) -> str:
        return self.lab.machine(name).host.host_key

    def meet(self, selector: str = "", *, again: bool = False) -> dict[str, Meeting]:
        key = Secret(self.lab.folder.operator_key.read_text())
        with self.lab.network():
            met = meet(self.estate, parse_selector(selector), lambda _reference: key, again=again)
        return {each.reach.name: each for each in met}

    def pin(self, *met: Meeting) -> tuple[Path, ...]:
        return pin(self.estate, met, self.database, person="zhang")

    def yiwang(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.lab.command(["yiwang", *words]),
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env={
                **os.environ,
                "LC_ALL": "C.UTF-8",
                "COLUMNS": "200",
                "YIWANG_STATE_FOLDER": str(self.folder / "state"),
            },
        )


@pytest.fixture
def site(lab_estate: Lab, tmp_path: Path) -> Iterator[Site]:
    shutil.copytree(SMALL, tmp_path / "estate")
    database = open_database(f"sqlite:///{tmp_path / 'yiwang.db'}")
    yield Site(tmp_path / "estate", lab_estate, database)
    database.close()


def test_keys_of_nodes_and_devices_come_into_the_estate_with_comments_kept(site: Site) -> None:
    before = site.text.splitlines()
    # Roads through the lab's routers need some seconds.
    assert eventually(lambda: all(each.verdict != "silent" for each in site.meet().values()))
    met = site.meet()

    changed = site.pin(*met.values())

    assert {each.verdict for each in met.values()} == {"new"}
    assert changed == (site.folder / "estate.yaml",)
    pinned = {name: node.connection.host_keys for name, node in site.estate.nodes.items()}
    pinned |= {name: device.credentials.host_keys for name, device in site.estate.devices.items()}
    assert pinned == {name: (site.key(name),) for name in pinned}
    assert [line for line in site.text.splitlines() if "host_keys" not in line and line not in before] == [
        line for line in site.text.splitlines() if line.strip() in ("connection:", "credentials:")
    ]
    assert site.meet() == {}


def test_each_pinned_key_stands_in_the_journal(site: Site) -> None:
    met = site.meet("desk-1")

    site.pin(*met.values())

    entry = list(Journal(site.database).entries())[-1]
    assert (entry.actor, entry.action, entry.subject) == ("zhang", "trust", "node/desk-1")
    assert entry.detail["fingerprint"] == met["desk-1"].fingerprint


def test_the_fingerprint_is_the_one_that_the_machine_itself_shows(site: Site) -> None:
    shown = site.lab.machine("desk-1").run("ssh-keygen", "-lf", "/etc/ssh/ssh_host_ed25519_key.pub").stdout

    met = site.meet("desk-1")["desk-1"]

    assert met.fingerprint in shown.split()


def test_a_changed_key_is_refused_with_both_fingerprints_and_nothing_is_written(site: Site) -> None:
    site.edit("roles: [service-point]", f"roles: [service-point]\n    connection: {{host_keys: [{ANOTHER}]}}")
    before = site.text
    met = site.meet("desk-1", again=True)

    site.pin(*met.values())
    with pytest.raises(DeployError) as caught:
        require_unchanged(met.values())

    assert met["desk-1"].verdict == "changed"
    assert met["desk-1"].fingerprint in str(caught.value)
    assert met["desk-1"].pinned[0] in str(caught.value)
    assert site.text == before


def test_a_node_behind_a_bastion_is_asked_through_it(site: Site) -> None:
    site.edit("roles: [exchange]", f"roles: [exchange]\n    connection: {{host_keys: [{site.key('exchange-1')}]}}")
    site.edit("roles: [service-point]", "roles: [service-point]\n    connection: {via: exchange-1}")

    # Routes take a while to spread.
    assert eventually(lambda: site.meet("desk-1")["desk-1"].key == site.key("desk-1"))


@pytest.mark.parametrize(("key", "code"), [("", "E2003"), (ANOTHER, "E2002")])
def test_nobody_is_asked_through_a_bastion_that_is_not_trusted(site: Site, key: str, code: str) -> None:
    site.edit("roles: [exchange]", f"roles: [exchange]\n    connection: {{host_keys: [{key}]}}")
    site.edit("roles: [service-point]", "roles: [service-point]\n    connection: {via: exchange-1}")

    met = site.meet("desk-1")["desk-1"]

    assert met.verdict == "silent"
    assert code in met.problem


def test_the_command_writes_only_when_told_to(site: Site) -> None:
    before = site.text

    shown = site.yiwang("trust", "desk-1")
    kept = site.text
    done = site.yiwang("trust", "desk-1", "--yes")

    assert "SHA256:" in shown.stdout
    assert kept == before
    assert done.returncode == 0, done.stderr
    assert site.key("desk-1") in site.text


def test_the_command_ends_with_an_error_when_a_key_has_changed(site: Site) -> None:
    site.edit("roles: [service-point]", f"roles: [service-point]\n    connection: {{host_keys: [{ANOTHER}]}}")

    done = site.yiwang("trust", "desk-1", "--again", "--yes")

    assert done.returncode == 1
    assert "E2180" in done.stderr
