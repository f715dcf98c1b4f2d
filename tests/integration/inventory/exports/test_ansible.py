"""Ansible itself reads the inventory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from yiwang.cli.main import run
from yiwang.core.writing import write_files
from yiwang.inventory.estate import Estate
from yiwang.inventory.exports import FORMATS, export_files
from yiwang.inventory.exports.ansible import listing
from yiwang.inventory.reach import reaches
from yiwang.inventory.selector import Selector, parse_selector

ROOT = Path(__file__).resolve().parents[4]


def ansible(home: Path, inventory: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "ansible.cli.inventory", "-i", str(inventory), *arguments]
    environment = {**os.environ, "HOME": str(home), "ANSIBLE_HOME": str(home), "LC_ALL": "C.UTF-8"}
    # A program that another test started may have left the shared standard input non-blocking, which Ansible refuses.
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    assert "WARNING" not in done.stderr, done.stderr
    return done.stdout


@pytest.fixture
def script(small: Estate, tmp_path: Path) -> Path:
    file = tmp_path / "inventory.sh"
    write_files(export_files(FORMATS["ansible"], small, Selector(), file))
    return file


def test_ansible_lists_every_host_with_its_variables(script: Path, small: Estate, tmp_path: Path) -> None:
    listed: dict[str, Any] = json.loads(ansible(tmp_path, script, "--list"))

    hosts = listed["_meta"]["hostvars"]
    assert set(hosts) == {*small.nodes, *small.devices}
    front = hosts["xun-front-1"]
    assert (front["ansible_host"], front["ansible_port"], front["ansible_user"]) == ("59.201.16.10", 22, "ops")
    assert front["ansible_ssh_common_args"] == "-o ProxyJump=ops@59.201.0.12:2222"
    assert front["queue_size"] == 200
    assert front["yiwang"]["title"] == "浚县交换前置"


def test_ansible_draws_the_groups_by_region_level_zone_and_role(script: Path, tmp_path: Path) -> None:
    drawn = ansible(tmp_path, script, "--graph")

    for group in ("region_410621", "level_township", "zone_dedicated", "role_log_server", "group_exchange_nodes"):
        assert f"@{group}:" in drawn
    assert "--xun-front-1" in drawn.split("@role_exchange:")[1].split("@")[0]


def test_no_secret_and_no_reference_to_one_is_exported(script: Path) -> None:
    text = script.read_text()

    assert "vault:" not in text
    assert "api_token" not in text


def test_a_selector_leaves_the_other_hosts_out(small: Estate) -> None:
    listed = listing(small, parse_selector("county=浚县,kind=devices"))

    assert sorted(listed["_meta"]["hostvars"]) == ["shantang-ar-1", "tunzi-ar-1", "xun-edge-1"]
    assert "nodes" not in listed


def test_the_command_line_answers_ansible_directly(tmp_path: Path) -> None:
    live = tmp_path / "live.sh"
    source = ROOT / "tests/estates/small"
    live.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m yiwang inventory export ansible -e "{source}" "$@"\n')
    live.chmod(0o755)

    told = json.loads(ansible(tmp_path, live, "--host", "core-1"))

    assert told["ansible_network_os"] == "community.network.ce"
    assert told["ansible_connection"] == "ansible.netcommon.network_cli"


def test_an_unknown_host_is_an_error_with_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    source = str(ROOT / "tests/estates/small")

    code = run(["inventory", "export", "ansible", "--host", "core-2", "-e", source])

    assert code == 1
    shown = capsys.readouterr().err
    assert "E1023" in shown
    assert "core-1" in shown


def test_host_is_refused_for_another_format(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["inventory", "export", "ssh", "--host", "core-1", "-e", str(ROOT / "tests/estates/small")])

    assert code == 64
    assert "E1204" in capsys.readouterr().err


def test_ansible_lists_a_whole_generated_city(hebi: Estate, tmp_path: Path) -> None:
    file = tmp_path / "inventory.sh"
    write_files(export_files(FORMATS["ansible"], hebi, Selector(), file))

    listed = json.loads(ansible(tmp_path, file, "--list"))

    assert set(listed["_meta"]["hostvars"]) == {*hebi.nodes, *hebi.devices}
    assert set(listed["level_township"]["hosts"]) == {
        reach.name for reach in reaches(hebi) if reach.level == "township"
    }
