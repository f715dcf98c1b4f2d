"""What is rendered keeps the rules that devices are audited by, means what is declared, and holds no secret."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from yiwang.core.errors import NotFoundError
from yiwang.core.vault.secret import MASK, Secret
from yiwang.inventory.estate import Estate
from yiwang.inventory.loading.load import load
from yiwang.lab.personality.catalogue import platform as personality
from yiwang.lab.personality.catalogue import platform_names
from yiwang.lab.personality.configuration import configuration_of
from yiwang.lab.personality.engine.translation import translate
from yiwang.network.audit.auditor import Auditor
from yiwang.network.faults import NetworkError
from yiwang.network.intent.placeholder import references
from yiwang.network.intent.service import Intended
from yiwang.network.platforms.catalogue import Platforms
from yiwang.network.rules.load import rules_for

EXAMPLES = Path(__file__).resolve().parents[4] / "examples"
ESTATES = ("guiyang", "hebi", "suqian", "xinxiang", "ziyang")
PLATFORMS = Platforms()
Build = Callable[[str], Intended]


@pytest.fixture(scope="module")
def auditor() -> Auditor:
    return Auditor(rules_for(None), PLATFORMS.all())


@pytest.fixture(scope="module", params=ESTATES)
def estate(request: pytest.FixtureRequest) -> Estate:
    return load(EXAMPLES / request.param).require()


def on(estate: Estate, platform: str) -> tuple[Estate, list[str]]:
    """The estate with one device of each role on another platform, and these devices."""
    first = {device.role: name for name, device in reversed(list(estate.devices.items()))}
    chosen = {name: estate.devices[name] for name in first.values()}
    moved = {name: device.model_copy(update={"platform": platform}) for name, device in chosen.items()}
    return replace(estate, devices={**estate.devices, **moved}), list(moved)


def wrong(auditor: Auditor, estate: Estate, devices: Iterator[str]) -> list[str]:
    intended = Intended(estate, PLATFORMS)
    found = []
    for name in devices:
        report = auditor.engine(estate.devices[name].platform).audit(name, intended.text(name))
        found += [f"{name}: {each.rule} {each.verdict} {each.observed}" for each in report.findings]
    return found


def test_the_declared_devices_keep_every_shipped_rule(estate: Estate, auditor: Auditor) -> None:
    assert wrong(auditor, estate, iter(estate.devices)) == []


def test_so_would_they_on_any_other_platform(estate: Estate, platform: str, auditor: Auditor) -> None:
    moved, devices = on(estate, platform)

    assert wrong(auditor, moved, iter(devices)) == []


def test_so_does_a_device_with_sessions_instances_and_a_shared_gateway(
    platform: str, intended: Build, auditor: Auditor
) -> None:
    estate = intended(platform).estate

    assert wrong(auditor, estate, iter(["core-1", "county-1"])) == []


def test_without_a_login_server_the_audit_says_so(estate: Estate, auditor: Auditor) -> None:
    name, device = next((n, d) for n, d in estate.devices.items() if d.platform == "huawei_vrp")
    bare = device.model_copy(update={"protection": device.protection.model_copy(update={"servers": ()})})

    found = wrong(auditor, replace(estate, devices={**estate.devices, name: bare}), iter([name]))

    assert {each.split(": ")[1].split()[0] for each in found} == {"AAA-001", "AAA-002", "AAA-003"}


def test_everything_declared_is_in_it(platform: str, intended: Build) -> None:
    text = intended(platform).text("core-1")

    for declared in (
        "core-1",
        "59.200.0.0",
        "servers",
        "59.200.1.254",
        "64512:1" if platform != "frr" else "vrf gov",
        "203.0.113.0",
        "64513",
        "64600",
        "province",
        "59.201.0.1",
        "<vault:bgp/county>",
        "<vault:network/bgp-key>",
        "<vault:network/ospf-key>",
        "shutdown",
    ):
        assert declared in text


def test_frrs_own_parser_takes_it(intended: Build, tmp_path: Path) -> None:
    if not shutil.which("vtysh"):
        pytest.skip("no vtysh here")
    hebi = Intended(load(EXAMPLES / "hebi").require(), PLATFORMS)
    routers = [name for name, device in hebi.estate.devices.items() if device.platform == "frr"]
    whole = intended("frr")

    texts = [whole.typed(name, lambda _path: Secret("k")).reveal() for name in ("core-1", "county-1")]
    texts += [hebi.typed(name, lambda _path: Secret("k")).reveal() for name in routers]

    for text in texts:
        file = tmp_path / "frr.conf"
        file.write_text(text)
        said = subprocess.run(["vtysh", "-C", "-f", str(file)], capture_output=True, text=True, timeout=60, check=False)
        assert (said.returncode, said.stdout, said.stderr) == (0, "", ""), text


@pytest.mark.parametrize("name", platform_names())
def test_it_routes_as_the_rehearsal_labs_device_does(name: str, intended: Build) -> None:
    estate = intended(name).estate
    ports = {port: f"ge{number}" for number, port in enumerate(estate.devices["core-1"].interfaces)}

    ours = translate(intended(name).text("core-1"), personality(name), ports).frr
    labs = translate(configuration_of(estate, "core-1"), personality(name), ports).frr

    assert routing(ours) == routing(labs)
    assert "ip ospf passive" in ours.partition("interface ge1")[2].partition("exit")[0]
    assert "ip ospf passive" not in ours.partition("interface ge0")[2].partition("exit")[0]


def routing(frr: str) -> list[str]:
    """The lines that decide where packets go, apart from who is greeted."""
    kinds = r"interface|ip address|ip ospf (?:area|network)|ip route|router|ospf router-id|network|neighbor \S+ remote"
    return [line.replace("area 0.0.0.1", "area 1") for line in frr.splitlines() if re.match(kinds, line.strip())]


def test_both_ends_of_a_line_agree_on_how_they_prove_themselves(estate: Estate, platform: str) -> None:
    moved, _devices = on(estate, platform)
    intents = Intended(moved, PLATFORMS).intents
    found = {
        (name, port.name): port.ospf.algorithm
        for name in moved.devices
        for port in intents.of(name).ports
        if port.ospf and port.ospf.algorithm
    }

    for link in moved.links.values():
        ends = [(end.owner, end.interface) for end in link.ends]
        assert found.get(ends[0]) == found.get(ends[1])
    assert found


def test_no_secret_is_in_the_text_and_every_reference_is_told(platform: str, intended: Build) -> None:
    text = intended(platform).text("core-1")

    told = set(references(text))

    assert {"bgp/county", "network/bgp-key", "network/ospf-key"} <= told
    if platform != "frr":
        assert {"snmp/auth", "snmp/privacy", "devices/core-1/auditor-password", "devices/core-1/password"} <= told


def test_what_is_typed_holds_the_secrets_and_does_not_show_itself(platform: str, intended: Build) -> None:
    typed = intended(platform).typed("core-1", lambda path: Secret(f"S:{path}"))

    assert str(typed) == MASK
    assert "S:bgp/county" in typed.reveal()
    assert "<vault:" not in typed.reveal()


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("hp_comware", " password simple S:devices/core-1/password"),
        ("hp_comware", " super password role network-admin simple S:devices/core-1/enable"),
        ("cisco_ios", "username yiwang privilege 15 algorithm-type scrypt secret S:devices/core-1/password"),
        ("cisco_xe", "enable algorithm-type scrypt secret S:devices/core-1/enable"),
        ("cisco_xe", "  key-string S:network/ospf-key"),
        ("ruijie_os", "username yiwang privilege 15 secret S:devices/core-1/password"),
        ("zte_zxros", "    password S:devices/core-1/password"),
    ],
)
def test_a_password_is_typed_as_such_and_not_as_its_hash(name: str, line: str, intended: Build) -> None:
    build = intended(name)
    # Only where both ends know it is the key chain used; FRR at the other end does not.
    estate = build.estate
    other = estate.devices["county-1"].model_copy(update={"platform": name})
    both = replace(build, estate=replace(estate, devices={**estate.devices, "county-1": other}))

    typed = both.typed("core-1", lambda path: Secret(f"S:{path}")).reveal()

    assert line in typed.splitlines()


def test_a_secret_that_a_command_line_would_cut_is_refused_by_its_path_alone(intended: Build) -> None:
    with pytest.raises(NetworkError) as caught:
        intended("huawei_vrp").typed("core-1", lambda _path: Secret("two words"))

    assert caught.value.error.id == "E3403"
    assert "two words" not in str(caught.value)


def test_a_platform_without_a_template_is_named(estate: Estate) -> None:
    name = next(iter(estate.devices))
    moved = {name: estate.devices[name].model_copy(update={"platform": "linux"})}

    with pytest.raises(NetworkError) as caught:
        Intended(replace(estate, devices=moved), PLATFORMS).text(name)

    assert caught.value.error.id == "E3401"


def test_a_device_that_is_not_declared_is_named_with_one_that_is_near(intended: Build) -> None:
    with pytest.raises(NotFoundError) as caught:
        intended("frr").text("core-2")

    assert caught.value.error.id == "E3400"
    assert "core-1" in str(caught.value)


def test_an_estates_own_platform_brings_its_template_beside_it(tmp_path: Path, intended: Build) -> None:
    folder = tmp_path / "platforms"
    folder.mkdir()
    estate = intended("cisco_ios").estate
    (folder / "acme_os.yaml").write_text(
        "title: ACME\nvendor: ACME\nbased_on: cisco_ios\nnetmiko: {driver: cisco_ios}\n"
    )
    (folder / "acme_os.j2").write_text(
        "! made by {{ intent.name }}\n{% for port in intent.ports %}{{ port.name }} {% endfor %}"
    )
    moved = {"core-1": estate.devices["core-1"].model_copy(update={"platform": "acme_os"})}

    text = Intended(replace(estate, devices=moved), Platforms(tmp_path)).text("core-1")

    assert text.startswith("! made by core-1\nGigabitEthernet0/0 ")
