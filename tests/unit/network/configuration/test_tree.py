"""Captures of any kind become trees that hold every line."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.network.configuration.grammar import Grammar
from yiwang.network.configuration.line import Kind, cleaned
from yiwang.network.configuration.table import grammar_of
from yiwang.network.configuration.tree import TOP, Configuration, read
from yiwang.network.platforms.catalogue import Platforms

CORPUS = Path(__file__).parents[5] / "shared" / "corpus"
PIECES = (
    "#", "!", "interface GE0/0/1", " shutdown", "  ip address 1.1.1.1 24", "banner motd ^C", "^C", "return", "end",
    "\t", "\r", "\x1b[42D", "  ---- More ----", "\b\b", "header login information \"", "\"", "quit", "<R1>", "",
    "R1#show run", "\x00", "政务外网", "## /etc/hosts", "exit-address-family", "\x03", " #", "\ufffd",
)  # fmt: skip


@cache
def grammar(platform: str) -> Grammar:
    return grammar_of(Platforms().find(platform))


def texts(tree: Configuration) -> list[str]:
    return [tree.shapes[index].text for index in tree.children(TOP)]


@given(st.lists(st.sampled_from(PIECES), max_size=30), st.sampled_from(Platforms().names))
def test_pieces_of_captures_in_any_order_make_a_tree(pieces: list[str], platform: str) -> None:
    text = "\n".join(pieces)

    tree = read(text, grammar(platform))

    assert "\n".join(tree.lines) == text
    assert len(tree.shapes) == len(tree.parents) == len(tree.lines)
    assert all(parent < index for index, parent in enumerate(tree.parents))
    assert 0 <= tree.coverage.share <= 1


@given(st.binary(max_size=300), st.sampled_from(("huawei_vrp", "hp_comware", "cisco_ios", "frr", "linux")))
def test_any_bytes_make_a_tree(content: bytes, platform: str) -> None:
    tree = read(content, grammar(platform))

    assert len(tree.parents) == len(tree.lines)
    assert all(isinstance(tree.path(index), tuple) for index in range(len(tree.lines)))


@given(st.text(max_size=60))
def test_any_line_can_be_cleaned(line: str) -> None:
    assert "\b" not in cleaned(line)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of public configurations is not here")
def test_public_configurations_are_understood() -> None:
    shares = {}
    for file in sorted(CORPUS.glob("*/*.cfg")):
        platform = file.parent.name if not file.parent.name.startswith("negative") else "cisco_ios"
        tree = read(file.read_bytes(), grammar(platform))

        shares[f"{file.parent.name}/{file.stem}"] = tree.coverage.share
        assert "\n".join(tree.lines) == tree.text

    assert min(shares.values()) > 0.8
    assert sum(share == 1 for share in shares.values()) / len(shares) > 0.9


def test_sections_hold_what_is_indented_below_them() -> None:
    tree = read("interface GE0/0/1\n shutdown\n#\naaa\n domain x\n  scheme y\n", grammar("huawei_vrp"))

    assert texts(tree) == ["interface GE0/0/1", "aaa"]
    assert tree.path(5) == ("aaa", "domain x")


def test_comwares_top_lines_may_begin_with_a_blank() -> None:
    tree = read(
        "#\n version 7.1.070, Release 6628P47\n#\n sysname A\n ssh server enable\n#\nvlan 1\n#\nreturn\n",
        grammar("hp_comware"),
    )

    assert texts(tree)[1:] == ["sysname A", "ssh server enable", "vlan 1"]
    assert tree.name == "A"
    assert tree.version == "7.1.070, Release 6628P47"
    assert tree.coverage.share == 1


@pytest.mark.parametrize(
    ("platform", "opening", "closing"),
    [
        ("cisco_ios", "banner motd ^C", "^C"),
        ("cisco_ios", "banner login #", "#"),
        ("cisco_ios", "banner exec \x03", "\x03"),
        ("ruijie_os", "banner motd $", "bye $"),
        ("huawei_vrp", 'header login information "', '"'),
        ("hp_comware", "header legal %", "%"),
    ],
)
def test_what_a_banner_says_is_no_configuration(platform: str, opening: str, closing: str) -> None:
    tree = read(f"{opening}\nno service telnet\n!\n{closing}\nhostname r1\n", grammar(platform))

    assert texts(tree) == [opening.strip(), "hostname r1"]


def test_a_banner_that_is_never_closed_hides_nothing() -> None:
    tree = read("banner motd #\nhostname r1\nip http server\n", grammar("cisco_ios"))

    assert texts(tree)[1:] == ["hostname r1", "ip http server"]


@pytest.mark.parametrize(
    "line",
    [
        "  ---- More ----\x1b[42D                                          \x1b[42D port link-type trunk",
        " --More-- \b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\b port link-type trunk",
        "--More--\r        \r port link-type trunk",
        "\x1b[7m--More--\x1b[m\r\x1b[K port link-type trunk",
        " port link-type trunk\r",
    ],
)
def test_what_a_pager_leaves_behind_is_no_part_of_the_line(line: str) -> None:
    assert cleaned(line).rstrip() == " port link-type trunk"


def test_prompts_and_echoed_commands_are_noise() -> None:
    tree = read(
        "<HUAWEI>display current-configuration\n#\nsysname HUAWEI\n#\nreturn\n<HUAWEI>\n", grammar("huawei_vrp")
    )

    assert texts(tree) == ["sysname HUAWEI"]
    assert tree.is_whole
    assert tree.coverage.share == 1


def test_chinese_of_both_encodings_and_either_line_ending_are_read() -> None:
    text = "#\r\nsysname 县政务外网\r\n#\r\nreturn\r\n"

    for encoding in ("utf-8", "gb18030", "utf-16"):
        tree = read(text.encode(encoding), grammar("huawei_vrp"))

        assert tree.name == "县政务外网"
        assert tree.is_whole


def test_a_capture_without_its_end_is_not_whole() -> None:
    cut = read("#\nsysname A\n#\ninterface GE0/0/1\n", grammar("huawei_vrp"))
    file = read("frr version 8.4\nhostname r1\n", grammar("frr"))
    shown = read("Building configuration...\n\nCurrent configuration:\n!\nfrr version 8.4\n", grammar("frr"))

    assert (cut.is_whole, file.is_whole, shown.is_whole) == (False, True, False)


def test_lines_without_a_place_are_named() -> None:
    tree = read("version 15.2\n!\n   lost line\nhostname r1\nend\ninterface Gi0/1\n", grammar("cisco_ios"))

    assert tree.coverage.stray == (3, 6)


def test_a_file_in_a_dump_of_files_is_a_section() -> None:
    tree = read("## /etc/ssh/sshd_config\n# a remark\nPort 22\n\n## /etc/hostname\nr1\n## end\n", grammar("linux"))

    assert tree.path(2) == ("## /etc/ssh/sshd_config",)
    assert tree.path(5) == ("## /etc/hostname",)
    assert [each.kind for each in tree.shapes][6] is Kind.end
