"""``yiwang network facts`` as it is used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.network.snmp.conftest import Agent, free_port
from tests.integration.network.snmp.conftest import agent as agent
from yiwang.core.database.connection import open_database
from yiwang.core.evidence import Evidence, Subject
from yiwang.core.vault.keys import new_key

ESTATE = """
estate: {{name: facts, title: 试验, region: 410600}}
regions:
  "410600": {{title: 鹤壁市, level: city}}
defaults:
  device: {{region: 410600, role: core, platform: huawei_vrp, management: 127.0.0.1}}
devices:
  r1: {{snmp: {{user: alice, auth: vault:snmp/auth, privacy: vault:snmp/privacy, port: {port}}}}}
  r2: {{snmp: {{version: 2c, community: vault:snmp/community, port: {closed}}}}}
  r3: {{}}
"""


class Place:
    """An estate with three devices, of which one answers."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        new_key(folder / "city.key")
        (folder / "estate.yaml").write_text(ESTATE.format(port=port, closed=free_port()))
        (folder / "yiwang.yaml").write_text("vault: {keys: {city: city.key}}\n")
        for path, secret in (("auth", "alice-auth-1"), ("privacy", "alice-priv-1"), ("community", "public")):
            done = self.run("vault", "set", f"snmp/{path}", given=secret)
            assert done.returncode == 0, done.stderr

    def run(self, *arguments: str, given: str = "", language: str = "en") -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8"}
        words = [str(Path(sys.executable).with_name("yiwang")), "--language", language, *arguments]
        return subprocess.run(
            words, cwd=self.folder, env=environment, input=given, capture_output=True, text=True, start_new_session=True
        )


@pytest.fixture
def place(tmp_path: Path, agent: Agent) -> Place:
    return Place(tmp_path, agent.port)


def test_facts_are_shown_and_kept_and_failures_are_told(place: Place) -> None:
    done = place.run("network", "facts", "-o", "json")

    assert done.returncode == 4, done.stderr
    items = {item["device"]: item for item in json.loads(done.stdout)["items"]}
    assert len(items["r1"]["interfaces"]) == 20
    assert (items["r2"]["error"]["code"], items["r3"]["error"]["code"]) == ("E3301", "E3312")
    database = open_database(f"sqlite:///{next(place.folder.rglob('*.db'))}")
    kept = {each.subject: each for each in Evidence(database).latest(kind="snmp.facts")}
    database.close()
    assert kept[Subject("device", "r1")].verdict == "pass"
    assert kept[Subject("device", "r1")].detail["system"]["name"] == "r1"
    assert (kept[Subject("device", "r2")].verdict, kept[Subject("device", "r2")].detail["code"]) == ("unknown", "E3301")


def test_one_device_is_shown_in_chinese(place: Place) -> None:
    done = place.run("network", "facts", "r1", language="zh_CN")

    assert done.returncode == 0, done.stderr
    assert "邻居" in done.stdout
    assert "M-1" in done.stdout


def test_a_wrong_group_is_refused_with_the_ones_there_are(place: Place) -> None:
    done = place.run("network", "facts", "--only", "interface")

    assert done.returncode == 64
    assert 'did you mean "interfaces"' in done.stderr
