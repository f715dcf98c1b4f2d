"""The verbs of ``yiwang lab`` as people call them, on the lab that the tests share."""

import json
import os
import subprocess
import sys
from collections import Counter

import pytest

from yiwang.lab.kernel import FEATURES
from yiwang.lab.lab import Lab
from yiwang.lab.machine import Machine

pytestmark = [pytest.mark.xdist_group("lab"), pytest.mark.slow]


def yiwang(lab: Lab, verb: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "yiwang", "lab", *verb.split(), "--lab", lab.layout.name, *words]
    environment = os.environ | {"YIWANG_LANGUAGE": "en", "COLUMNS": "80"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.parametrize("dashes", [(), ("--",)])
@pytest.mark.parametrize("verb", ["exec", "ssh"])
def test_a_command_may_follow_two_dashes_or_the_host_itself(
    lab_estate: Lab, lab_node: Machine, verb: str, dashes: tuple[str, ...]
) -> None:
    done = yiwang(lab_estate, verb, lab_node.host.name, *dashes, "hostname")

    assert (done.stdout, done.returncode) == (f"{lab_node.host.name}\n", 0), done.stderr


def test_a_host_without_power_is_told_apart_from_one_whose_ssh_refuses(lab_estate: Lab, lab_node: Machine) -> None:
    name = lab_node.host.name
    off = yiwang(lab_estate, "power", name, "off")
    done = yiwang(lab_estate, "ssh", name, "hostname")
    drawn = yiwang(lab_estate, "graph")
    on = yiwang(lab_estate, "power", name, "on")

    assert (off.returncode, on.returncode) == (0, 0), off.stderr + on.stderr
    assert f"E6022 {name} is not running" in done.stderr
    assert f"○ {name} off" in drawn.stdout


def test_limits_tell_people_each_kind_once_and_machines_each_thing(lab_estate: Lab) -> None:
    kinds = {omission.kind for omission in lab_estate.layout.omissions}

    table = yiwang(lab_estate, "limits")
    items = json.loads(yiwang(lab_estate, "limits", "-o", "json").stdout)["items"]

    parts = Counter(item["part"] for item in items)
    assert table.stdout.count("every host") == sum(each.subject == "*" for each in lab_estate.layout.omissions)
    assert {item["name"] for item in items if item["part"] == "lab"} == kinds
    assert parts["kernel"] == len(FEATURES)
    assert all(len(line) <= 80 for line in table.stdout.splitlines())


def test_a_fault_is_listed_with_what_was_asked_and_not_with_what_goes_without_saying(lab_estate: Lab) -> None:
    cable = lab_estate.layout.cables[0].name
    made = yiwang(lab_estate, "fault loss", cable, "5")
    shown = yiwang(lab_estate, "fault list")
    kept = json.loads(yiwang(lab_estate, "fault list", "-o", "json").stdout)["items"]
    cleared = yiwang(lab_estate, "fault clear", made.stdout.strip())

    assert (made.returncode, cleared.returncode) == (0, 0), made.stderr + cleared.stderr
    assert "percent=5 " in shown.stdout
    assert "direction" not in shown.stdout
    assert kept[0]["values"] == {"percent": 5.0, "direction": "both"}


def test_help_shows_the_verbs_in_the_order_in_which_they_are_needed() -> None:
    done = subprocess.run([sys.executable, "-m", "yiwang", "lab", "--help"], capture_output=True, text=True, check=True)

    verbs = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ") and line[2:3].isalpha()]
    assert [verb for verb in verbs if verb in ("up", "down", "status", "run", "fault")] == [
        *("up", "down", "status", "run", "fault")
    ]
