"""A configuration is the same after it was read and printed; what was entered can be undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.lab.personality.catalogue import platform, platform_names
from yiwang.lab.personality.engine.edit import Edit, applied
from yiwang.lab.personality.engine.tree import Line, Tree, parse, paths, written
from yiwang.lab.personality.serving import default_configuration

CORPUS = Path(__file__).resolve().parents[5] / "shared" / "corpus"
VENDORS = {"huawei_vrp": "#", "hp_comware": "#", "cisco_ios": "!"}

words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="#!$"), min_size=1)
texts = st.lists(words, min_size=1, max_size=4).map(" ".join)


def trees(lead: int = 0) -> st.SearchStrategy[Tree]:
    children = st.deferred(lambda: trees(lead + 1)) if lead < 3 else st.just(())
    line = st.builds(Line, texts, st.just(lead), children)
    separator = st.just(Line("#", lead))
    return st.lists(line | separator, max_size=4).map(tuple)


@given(trees())
def test_any_tree_printed_and_read_is_the_same_tree(tree: Tree) -> None:
    assert parse(written(tree), "#") == tree


@given(st.text(st.sampled_from("# \nab!")))
def test_any_text_read_and_printed_is_the_same_text(text: str) -> None:
    printed = written(parse(text, "#"))

    assert printed == (text if text.endswith("\n") or not text else f"{text}\n")


@pytest.mark.parametrize(("vendor", "comment"), VENDORS.items())
def test_collected_configurations_are_printed_as_they_were_read(vendor: str, comment: str) -> None:
    files = sorted((CORPUS / vendor).glob("*.cfg"))
    if not files:
        pytest.skip("the corpus of public configurations is not here")

    for file in files:
        text = file.read_text("utf-8", "replace").replace("\r\n", "\n").rstrip("\n") + "\n"
        assert written(parse(text, comment)) == text


@pytest.mark.parametrize("name", platform_names())
def test_a_line_that_is_entered_again_changes_nothing(name: str) -> None:
    own = platform(name)
    tree = parse(default_configuration(name), own.comment)

    for path in paths(tree, own.comment):
        if path[-1] != own.section_end:
            assert applied(tree, Edit(path[:-1], path[-1]), own) == tree


VALUES = st.integers(0, 255)
NEW_LINES = {
    "huawei_vrp": ("ip route-static 192.0.2.{} 255.255.255.255 10.0.0.1", "interface LoopBack9{}", "ospf 7{}"),
    "hp_comware": ("ip route-static 192.0.2.{} 32 10.0.0.1", "interface LoopBack9{}", "vlan 9{}"),
    "cisco_ios": ("ip route 192.0.2.{} 255.255.255.255 10.0.0.1", "interface Loopback9{}", "router ospf 7{}"),
    "cisco_xe": ("ip route 192.0.2.{} 255.255.255.255 10.0.0.1", "interface Loopback9{}", "router ospf 7{}"),
    "ruijie_os": ("ip route 192.0.2.{} 255.255.255.255 10.0.0.1", "interface Loopback 9{}", "router ospf 7{}"),
    "zte_zxros": ("ip route 192.0.2.{} 255.255.255.255 10.0.0.1", "interface loopback9{}", "router ospf 7{}"),
}


@pytest.mark.parametrize("name", platform_names())
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_undoing_what_was_entered_gives_the_tree_before(name: str, data: st.DataObject) -> None:
    own = platform(name)
    tree = parse(default_configuration(name), own.comment)
    interfaces = [path for path in paths(tree, own.comment) if len(path) == 1 and path[0].startswith("interface ")]
    entered = [
        Edit((), line.format(number)) for line in NEW_LINES[name] for number in data.draw(st.sets(VALUES, max_size=4))
    ]
    below = data.draw(st.sampled_from(interfaces))
    if not any("description" in path[-1] for path in paths(tree, own.comment)):
        entered.append(Edit(below, "description a line"))
    order = data.draw(st.permutations(entered))
    before = []

    for each in order:
        before.append(tree)
        tree = applied(tree, each, own)
    for each, expected in zip(reversed(order), reversed(before), strict=True):
        tree = applied(tree, Edit(each.path, each.line, is_undo=True), own)
        assert written(tree) == written(expected)


@pytest.mark.parametrize("name", platform_names())
def test_everything_can_be_undone(name: str) -> None:
    own = platform(name)
    tree = parse(default_configuration(name), own.comment)

    for path in list(paths(tree, own.comment)):
        if len(path) == 1 and path[0] not in ("return", "end", own.section_end):
            tree = applied(tree, Edit((), path[0], is_undo=True), own)

    left = [path[0] for path in paths(tree, own.comment) if path[0] != own.section_end]
    assert left in (["return"], ["end"])
