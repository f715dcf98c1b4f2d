"""promtool reads the targets and the configuration."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from yiwang.core.writing import write_files
from yiwang.inventory.estate import Estate
from yiwang.inventory.exports import FORMATS, export_files, export_text
from yiwang.inventory.selector import Selector

PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")


@pytest.fixture
def folder(small: Estate, tmp_path: Path) -> Path:
    write_files(export_files(FORMATS["prometheus"], small, Selector(), tmp_path))
    return tmp_path


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(PROMTOOL), *arguments], capture_output=True, text=True, check=False)


@needs_promtool
def test_promtool_accepts_the_configuration_and_its_target_files(folder: Path) -> None:
    done = promtool("check", "config", str(folder / "prometheus.yml"))

    assert done.returncode == 0, done.stderr
    assert "SUCCESS" in done.stdout


@needs_promtool
def test_promtool_discovers_every_node_with_its_labels(folder: Path, small: Estate) -> None:
    done = promtool("check", "service-discovery", "--timeout=3s", str(folder / "prometheus.yml"), "yiwang-nodes")

    assert done.returncode == 0, done.stderr
    found = {each["labels"]["node"]: each for each in json.loads(done.stdout)}
    assert set(found) == set(small.nodes)
    front = found["xun-front-1"]
    assert front["discoveredLabels"]["__address__"] == "59.201.16.10:9200"
    assert {key: front["labels"][key] for key in ("instance", "region", "level", "zone", "role")} == {
        "instance": "xun-front-1",
        "region": "410621",
        "level": "county",
        "zone": "extranet",
        "role": "exchange,monitor",
    }


@needs_promtool
def test_promtool_sends_devices_through_the_snmp_exporter(folder: Path) -> None:
    done = promtool("check", "service-discovery", "--timeout=3s", str(folder / "prometheus.yml"), "yiwang-devices")

    (core,) = [each["labels"] for each in json.loads(done.stdout) if each["labels"]["node"] == "core-1"]
    assert core["__param_target"] == "59.202.0.1"
    assert core["__address__"] == "127.0.0.1:9116"


def test_http_sd_is_the_list_of_all_targets_with_text_labels_only(small: Estate) -> None:
    groups = json.loads(export_text(FORMATS["prometheus"], small, Selector()))

    assert len(groups) == len(small.nodes) + len(small.devices)
    assert all(set(group) == {"targets", "labels"} for group in groups)
    assert all(isinstance(value, str) for group in groups for value in group["labels"].values())
