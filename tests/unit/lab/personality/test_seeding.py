"""A device is seeded with all that it needs, and with no secret in the clear where a hash will do."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from yiwang.core.errors import NotFoundError
from yiwang.core.vault.secret import Secret
from yiwang.lab.personality.catalogue import platform_names
from yiwang.lab.personality.seeding import DeviceSeed, SnmpAccess, seed, translation_of
from yiwang.lab.personality.serving import default_configuration
from yiwang.lab.seed import Seed

PORTS = (("GigabitEthernet0/0/0", "ge0-0-0"), ("GigabitEthernet0/0/1", "ge0-0-1"))


def device(platform: str = "huawei_vrp") -> DeviceSeed:
    return DeviceSeed(
        name="r1",
        platform=platform,
        configuration=default_configuration(platform, "r1"),
        ports=PORTS,
        snmp=SnmpAccess(auth=Secret("gu7-auth-phrase"), privacy=Secret("gu7-priv-phrase")),
        enable=Secret("open sesame"),
    )


def unpacked(files: Seed, folder: Path) -> Path:
    for name, file in files.items():
        place = folder / name
        if file.is_folder:
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.content)
            place.chmod(file.mode)
    return folder


@pytest.mark.parametrize("platform", platform_names())
def test_every_platform_is_seeded_with_all_that_it_needs(platform: str) -> None:
    files = seed(device(platform))

    assert {
        "usr/lib/yiwang/personality/shell",
        "usr/lib/yiwang/personality/apply",
        "usr/lib/yiwang/personality/agent",
        "etc/yiwang/device.json",
        "etc/yiwang/platform.json",
        "var/lib/yiwang/personality/running.cfg",
        "var/lib/yiwang/personality/startup.cfg",
        "etc/frr/frr.conf",
        "etc/frr/daemons",
        "etc/snmp/snmpd.conf",
        "var/lib/snmp/snmpd.conf",
        "etc/lldpd.d/yiwang.conf",
        "etc/sudoers.d/yiwang-personality",
    } <= files.keys()


def test_no_pass_phrase_is_in_any_file() -> None:
    for name, file in seed(device()).items():
        for secret in (b"gu7-auth-phrase", b"gu7-priv-phrase", b"open sesame"):
            assert secret not in file.content, name


def test_what_is_secret_only_its_reader_may_read() -> None:
    files = seed(device())

    assert files["var/lib/snmp/snmpd.conf"].mode == 0o600
    assert files["etc/yiwang/enable"].mode == 0o400
    assert files["etc/snmp/snmpd.conf"].mode == 0o640
    assert "enable" not in json.loads(files["etc/yiwang/device.json"].content)


def test_the_seeded_shell_answers_with_debians_python_and_nothing_of_ours_installed(tmp_path: Path) -> None:
    root = unpacked(seed(device()), tmp_path)
    kept = root / "etc/yiwang/device.json"
    data = json.loads(kept.read_text()) | {"state": str(root / "var/lib/yiwang/personality"), "apply": []}
    kept.write_text(json.dumps(data))

    done = subprocess.run(
        [
            *("/usr/bin/python3", "-Es", str(root / "usr/lib/yiwang/personality/shell")),
            *("--device", str(kept), "--platform", str(root / "etc/yiwang/platform.json")),
            *("-c", "display current-configuration"),
        ],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        cwd="/",
    )

    assert done.stdout.replace("\r\n", "\n") == default_configuration("huawei_vrp", "r1")
    assert done.stderr == ""


def test_a_community_is_all_that_version_2c_needs() -> None:
    own = DeviceSeed("r1", "cisco_ios", "", snmp=SnmpAccess(version="2c", community=Secret("c0mmunity")))

    files = seed(own)

    assert b"rocommunity c0mmunity default\n" in files["etc/snmp/snmpd.conf"].content
    assert files["var/lib/snmp/snmpd.conf"].content == b""


def test_what_is_not_rehearsed_can_be_asked_before_a_device_is_made() -> None:
    configuration = "#\nsysname r1\n#\nvlan batch 10\n#\nreturn\n"

    translation = translation_of(DeviceSeed("r1", "huawei_vrp", configuration, PORTS))

    assert translation.untranslated == ("vlan batch 10",)


def test_a_platform_without_a_personality_is_named() -> None:
    with pytest.raises(NotFoundError) as caught:
        seed(DeviceSeed("r1", "hauwei_vrp", ""))

    assert caught.value.error.id == "E6400"
    assert "huawei_vrp" in caught.value.message
