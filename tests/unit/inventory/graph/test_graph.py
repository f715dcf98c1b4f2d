"""The picture shows every place, and what it cannot show it counts."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from yiwang.cli.main import run
from yiwang.core.i18n import use
from yiwang.inventory.estate import Estate
from yiwang.inventory.graph.canvas import fitted, text_width
from yiwang.inventory.graph.layout import Box, layout
from yiwang.inventory.graph.marks import MARKS, line_width, short_bandwidth
from yiwang.inventory.graph.places import Picture, default_depth, picture
from yiwang.inventory.graph.svg import svg
from yiwang.inventory.graph.tree import tree
from yiwang.inventory.loading.load import load
from yiwang.inventory.selector import parse_selector

ROOT = Path(__file__).resolve().parents[4]
SMALL = ROOT / "tests/estates/small"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def small() -> Estate:
    return load(SMALL).require()


def shown(drawn: Picture, *, limit: int | None = 12, width: int = 100) -> str:
    console = Console(width=width, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    with console.file:
        console.print(tree(drawn, limit=limit))
        return console.export_text()


def texts(content: bytes) -> list[str]:
    return ["".join(element.itertext()) for element in ElementTree.fromstring(content).iter(f"{SVG}text")]


def wide_estate(folder: Path, *, cities: int, counties: int, townships: int) -> Estate:
    lines = ["estate: {name: e, title: 某省, region: 410000}", "regions:", "  410000: {title: 某省, level: province}"]
    devices = ["devices:", "  core: {region: 410000, platform: frr, role: core, interfaces: {a: {}}}"]
    links = ["links:"]
    for city in range(cities):
        code = 410100 + city * 100
        lines.append(f"  {code}: {{title: 城{city}, level: city, parent: 410000}}")
        devices.append(f"  city-{code}: {{region: {code}, platform: frr, role: core, interfaces: {{a: {{}}}}}}")
        links.append(f"  up-{code}: {{ends: [core:a, city-{code}:a], bandwidth_mbps: 10000}}")
        for county in range(1, counties + 1):
            below = code + county
            lines.append(f"  {below}: {{title: 县{below}, level: county, parent: {code}}}")
            devices.append(
                f"  edge-{below}: {{region: {below}, platform: frr, role: aggregation, interfaces: {{a: {{}}}}}}"
            )
            links.append(f"  up-{below}: {{ends: [city-{code}:a, edge-{below}:a], bandwidth_mbps: 1000}}")
            for township in range(100, 100 + townships):
                lines.append(f"  {below}{township}: {{title: 镇{township}, level: township, parent: {below}}}")
                devices.append(
                    f"  access-{below}{township}: {{region: {below}{township}, platform: frr, role: access}}"
                )
    (folder / "estate.yaml").write_text("\n".join([*lines, *devices, *links]))
    return load(folder).require()


def test_the_tree_shows_places_targets_and_bandwidths(small: Estate) -> None:
    text = shown(picture(small))

    assert text.splitlines()[0].startswith("鹤壁市 410600")
    assert "◆ core-1  市核心路由器  59.202.0.1" in text
    assert "浚县 410621  ↑ 1G" in text
    assert "善堂镇 410621100  ↑ 100M" in text


def test_a_place_without_a_line_is_said_to_have_none(tmp_path: Path) -> None:
    text = shown(picture(wide_estate(tmp_path, cities=1, counties=1, townships=1), depth="township"))

    assert [line for line in text.splitlines() if "no line" in line] == [
        line for line in text.splitlines() if "镇100" in line
    ]


def test_the_tree_counts_what_it_leaves_out(tmp_path: Path) -> None:
    estate = wide_estate(tmp_path, cities=2, counties=20, townships=1)

    assert shown(picture(estate)).count("+ 8 more") == 2
    assert "more" not in shown(picture(estate), limit=None)


def test_the_tree_fits_the_terminal(small: Estate) -> None:
    text = shown(picture(small), width=40)

    assert max(text_width(line, 1 / 0.56) for line in text.splitlines()) <= 80
    assert "…" in text


def test_a_county_stands_for_its_townships(small: Estate) -> None:
    drawn = picture(small, depth="county")

    (xun,) = [place for place in drawn.root.below if place.code == "410621"]
    assert xun.below == ()
    assert xun.gathered == {"township": 2}
    assert {reach.name for reach in xun.own} == {"xun-edge-1", "xun-front-1"}
    assert {reach.name for reach in xun.targets} > {"shantang-ar-1", "shantang-hall"}


def test_a_county_directly_below_its_province_stands_among_the_cities(tmp_path: Path) -> None:
    (tmp_path / "estate.yaml").write_text(
        "estate: {name: e, title: 河南, region: 410000}\n"
        "regions:\n"
        "  410000: {title: 河南省, level: province}\n"
        "  410600: {title: 鹤壁市, level: city, parent: 410000}\n"
        "  410621: {title: 浚县, level: county, parent: 410600}\n"
        "  419001: {title: 济源市, level: county, parent: 410000}\n"
    )

    drawn = picture(load(tmp_path).require(), depth="city")

    assert [place.title for place in drawn.root.below] == ["鹤壁市", "济源市"]


def test_the_default_depth_keeps_the_picture_readable(tmp_path: Path, small: Estate) -> None:
    estate = wide_estate(tmp_path, cities=3, counties=20, townships=10)

    assert (default_depth(estate), default_depth(small)) == ("county", "township")


def test_a_selector_keeps_the_regions_above_and_does_not_hide_a_line(small: Estate) -> None:
    drawn = picture(small, parse_selector("county=410621,kind=devices"))

    assert [place.title for place in drawn.root.walk()] == ["鹤壁市", "浚县", "善堂镇", "屯子镇"]
    assert [line.name for line in drawn.uplinks["410621"]] == ["core-xun"]


def test_every_link_is_drawn_or_counted(small: Estate) -> None:
    for depth in ("city", "county", "township"):
        drawn = picture(small, depth=depth)
        names = [line.name for lines in (*drawn.uplinks.values(), drawn.across, drawn.inside) for line in lines]
        assert sorted(names) == sorted(small.links)


def test_the_picture_is_xml_that_names_every_place(small: Estate) -> None:
    read = texts(svg(small, picture(small)))

    for region in small.regions.values():
        assert region.title in read
    assert "1G" in read
    assert "50M" in read


def test_the_picture_is_in_the_language_in_force(small: Estate) -> None:
    use("zh_CN")
    chinese = texts(svg(small, picture(small)))
    use("en")
    english = texts(svg(small, picture(small)))
    use(None)

    assert "核心" in chinese
    assert "core" in english


def test_shape_and_colour_both_tell_the_role(small: Estate) -> None:
    assert len({mark.colour for mark in MARKS.values()}) == len(MARKS)
    assert len({mark.outline for mark in MARKS.values()}) == len(MARKS)
    assert len({mark.sign for mark in MARKS.values()}) == len(MARKS)


def test_wider_bandwidth_is_a_wider_line(small: Estate) -> None:
    widths = {
        element.get("stroke-width")
        for element in ElementTree.fromstring(svg(small, picture(small))).iter(f"{SVG}polyline")
    }

    assert line_width(50) < line_width(1000) < line_width(10_000)
    assert {f"{line_width(mbps):.1f}".removesuffix(".0") for mbps in (50, 1000)} <= widths


@pytest.mark.parametrize(("mbps", "told"), [(20, "20M"), (1000, "1G"), (2500, "2.5G"), (None, "?")])
def test_bandwidths_are_short(mbps: float | None, told: str) -> None:
    assert short_bandwidth(mbps) == told


@pytest.mark.parametrize("depth", ["county", "township"])
def test_no_box_lies_on_another(tmp_path: Path, depth: str) -> None:
    drawn = picture(wide_estate(tmp_path, cities=7, counties=9, townships=5), depth=depth)

    placed = layout(drawn)

    boxes = [sheet.top for sheet in placed.sheets]
    boxes += [column.head for sheet in placed.sheets for column in sheet.columns if column.head.height]
    boxes += [box for sheet in placed.sheets for column in sheet.columns for _place, box in column.rows]
    assert not any(overlap(one, other) for index, one in enumerate(boxes) for other in boxes[:index])
    assert all(box.x + box.width <= placed.width and box.bottom <= placed.height for box in boxes)
    drawn_places = {place.code for sheet in placed.sheets for column in sheet.columns for place, _box in column.rows}
    drawn_places |= {column.place.code for sheet in placed.sheets for column in sheet.columns}
    assert drawn_places | {drawn.root.code} == {place.code for place in drawn.root.walk()}


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width and other.x < one.x + one.width and one.y < other.bottom and other.y < one.bottom
    )


@given(st.text())
def test_any_title_is_well_formed_and_fits(text: str) -> None:
    from yiwang.inventory.graph.canvas import Canvas

    canvas = Canvas(100, 100, text)
    canvas.text(1, 1, text, size=10, room=50)

    ElementTree.fromstring(canvas.bytes())
    assert text_width(fitted(text, 10, 50), 10) <= 50


def test_the_command_writes_each_format(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["inventory", "graph", str(SMALL), "--format", "svg", "--output", str(tmp_path / "a.svg")]) == 0
    assert run(["inventory", "graph", str(SMALL), "--format", "graphml", "--output", str(tmp_path / "a.graphml")]) == 0
    assert run(["inventory", "graph", str(SMALL), "--output", str(tmp_path / "a.txt")]) == 0
    assert run(["inventory", "graph", str(SMALL), "--format", "svg"]) == 0

    assert (tmp_path / "a.svg").read_bytes() == capfdbinary.readouterr().out
    assert "善堂镇" in (tmp_path / "a.txt").read_text()
    assert (tmp_path / "a.graphml").read_text().startswith("<?xml")


def test_a_selector_that_matches_nothing_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inventory", "graph", str(SMALL), "--selector", "county=410699"]) == 1
    assert "E1230" in capsys.readouterr().err
