"""Platforms are told from texts and from SNMP; what is not supported is never taken for another one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.lab.personality.catalogue import platform_data, platform_names
from yiwang.lab.personality.serving import default_configuration
from yiwang.network.platforms.catalogue import Platforms, strangers
from yiwang.network.platforms.detection import Detection
from yiwang.network.platforms.marking import Marking

SHARED = Path(__file__).parents[5] / "shared"
CORPUS = sorted((SHARED / "corpus").glob("*/*.cfg"))
OUTPUTS = sorted((SHARED / "outputs").glob("*/*_version*.raw"))
NEGATIVE = "negative_"


@pytest.fixture(scope="module")
def detection() -> Detection:
    return Detection(Platforms().all())


def text_of(file: Path) -> str:
    return file.read_bytes().decode("utf-8", "replace")


@pytest.mark.skipif(not CORPUS, reason="the corpus is not beside the project")
@pytest.mark.parametrize("file", CORPUS, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_configuration_of_the_corpus_is_recognised(detection: Detection, file: Path) -> None:
    is_stranger = file.parent.name.startswith(NEGATIVE)
    expected = file.parent.name.removeprefix(NEGATIVE)
    text = text_of(file)
    if expected == "cisco_ios" and "\nversion 16." in text:
        expected = "cisco_xe"

    found = detection.by_text(text)

    assert found.name == expected
    assert found.is_supported is not is_stranger


@pytest.mark.skipif(not OUTPUTS, reason="the outputs are not beside the project")
@pytest.mark.parametrize("file", OUTPUTS, ids=lambda file: file.name)
def test_the_output_of_a_version_command_is_never_taken_for_another_vendors(detection: Detection, file: Path) -> None:
    found = detection.by_text(text_of(file))

    vendor = file.parent.name.partition("_")[0]
    assert not found.name or found.name.partition("_")[0] == vendor


@pytest.mark.parametrize("name", platform_names())
def test_a_personality_is_recognised_by_its_configuration_and_over_snmp(detection: Detection, name: str) -> None:
    data = platform_data(name)

    assert detection.by_text(default_configuration(name)).name == name
    assert detection.by_snmp(data["sysobjectid"], data["sysdescr"]).name == name
    assert detection.by_snmp("", data["sysdescr"]).name == name


@pytest.mark.parametrize(
    ("object_id", "description", "expected"),
    [
        ("1.3.6.1.4.1.9.1.2247", "Cisco Adaptive Security Appliance Version 9.8(2)", "cisco_asa"),
        (
            "1.3.6.1.4.1.9.12.3.1.3.1812",
            "Cisco NX-OS(tm) n9000, Software (n9000-dk9), Version 7.0(3)I7(6)",
            "cisco_nxos",
        ),
        (".1.3.6.1.4.1.9.1.1017", "Cisco IOS XR Software (Cisco 12404/PRP), Version 4.3.2", "cisco_xr"),
        ("1.3.6.1.4.1.30065.1.3011.7048", "Arista Networks EOS version 4.23.0.1F", "arista_eos"),
        ("1.3.6.1.4.1.2011.10.1.89", "H3C Comware Platform Software", "hp_comware"),
        ("1.3.6.1.4.1.2011.2.62.2.5", "", "huawei_vrp"),
        ("1.3.6.1.4.1.9.1.1045", "", ""),
        ("1.3.6.1.4.1.9.1.1045", "something else altogether", ""),
        ("1.3.6.1.4.1.8072.3.2.10", "Linux gw-1 6.1.0-18-amd64 #1 SMP x86_64", "linux"),
        ("", "", ""),
        ("1.3.6.1.4.1.20112.1", "", ""),
    ],
)
def test_snmp_tells_the_platform_or_nothing(
    detection: Detection, object_id: str, description: str, expected: str
) -> None:
    found = detection.by_snmp(object_id, description)

    assert found.name == expected
    assert found.is_supported is (bool(expected) and expected not in strangers())


@pytest.mark.parametrize("text", ["", "hello\n", "#\n#\nreturn\n", "hostname a\n!\nend\n", "\x00\xff" * 40])
def test_a_text_without_marks_is_no_platform(detection: Detection, text: str) -> None:
    assert detection.by_text(text).name == ""


def test_line_ends_of_windows_change_nothing(detection: Detection) -> None:
    text = default_configuration("ruijie_os").replace("\n", "\r\n")

    assert detection.by_text(text).name == "ruijie_os"


EXPRESSIONS = tuple(
    re.compile(each, re.MULTILINE)
    for each in ("^ab", "^a|b$", "ba?c", "^(a|b)c", r"(a)\1", "(?i:B)a", "^(?:a|ab)$", "^$", " c|^b", "(?i)AC")
)


@given(st.lists(st.text("abcAC| ", max_size=8), max_size=6))
def test_marks_looked_for_together_are_those_found_one_by_one(lines: list[str]) -> None:
    marking = Marking(EXPRESSIONS)

    found = marking.of(lines)

    assert found == sum(1 << place for place, each in enumerate(EXPRESSIONS) if any(map(each.search, lines)))
