"""Loading an estate: layers, files in odd places, the cache, and everything wrong at once."""

import os
import shutil
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.app import App
from yiwang.cli.main import run
from yiwang.core.errors import EstateError
from yiwang.core.settings import load_settings
from yiwang.inventory.checks import check_estate
from yiwang.inventory.explain import explain_object
from yiwang.inventory.loading.layers import holds, leaves, merge
from yiwang.inventory.loading.load import Loading, load

BASE = Path(__file__).parent / "base"


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BASE, tmp_path / "estate"))


def codes(loading: Loading) -> list[str]:
    return [finding.error.id for finding in loading.findings]


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


NODE = """
nodes:
  new-1: {{region: {region}, zone: extranet, roles: [monitor], addresses: {{extranet: 59.214.0.99/24}}{more}}}
"""


@pytest.mark.parametrize(
    ("region", "more", "expected"),
    [
        ("410600", "", ("from-city",)),
        ("410621", "", ("from-county",)),
        ("410621101", "", ("from-township",)),
        ("410621101", ", groups: [special]", ("from-group",)),
        ("410621101", ", groups: [special], tags: [from-object]", ("from-object",)),
    ],
)
def test_the_most_specific_layer_wins(estate: Path, region: str, more: str, expected: tuple[str, ...]) -> None:
    for file, old, new in (
        ("estate.yaml", "    level: city\n", "    level: city\n    defaults: {node: {tags: [from-city]}}\n"),
        ("410621.yaml", "    level: county\n", "    level: county\n    defaults: {node: {tags: [from-county]}}\n"),
        (
            "410621.yaml",
            "    level: township\n",
            "    level: township\n    defaults: {node: {tags: [from-township]}}\n",
        ),
    ):
        path = estate / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    write(estate, "groups.yaml", "groups: {special: {node: {tags: [from-group]}}}")
    write(estate, "new.yaml", NODE.format(region=region, more=more))

    loaded = load(estate).require()

    assert loaded.nodes["new-1"].tags == expected


def test_a_selector_puts_objects_into_a_group(estate: Path) -> None:
    write(estate, "groups.yaml", "groups: {ex: {select: 'role=exchange,region=鹤壁市', node: {mlps_level: 3}}}")

    loaded = load(estate).require()

    assert {name for name, node in loaded.nodes.items() if node.mlps_level == 3} == {"exchange-1"}


def test_explain_names_the_file_and_line_that_gave_each_value_and_what_it_overrode(estate: Path) -> None:
    county = estate / "410621.yaml"
    text = county.read_text(encoding="utf-8")
    county.write_text(text.replace("    level: county\n", "    level: county\n    defaults: {node: {log: [time-1]}}\n"))

    found = {each.key: each for each in explain_object(load(estate).require(), "desk-101")}

    assert (found["log"].layer, found["log"].position) == ("region 410621", "410621.yaml:6:28")
    assert found["log"].overrides == (("defaults", ["log-1"]),)
    assert found["ntp"].position == "estate.yaml:5:15"
    assert found["gateway"].position == "410621.yaml:20:14"


mappings = st.recursive(
    st.none() | st.integers() | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
).filter(lambda value: isinstance(value, dict))


@given(mappings, mappings)
def test_every_value_of_the_stronger_layer_stands_in_the_result_and_nothing_else_changes(
    weaker: dict[str, object], stronger: dict[str, object]
) -> None:
    merged = merge(weaker, stronger)

    for path, value in leaves(stronger):
        if value is None:
            assert not holds(merged, path)
        elif value != {}:
            found: Any = merged
            for part in path:
                found = found[part]
            assert found == value
    assert all(merged[key] == value for key, value in weaker.items() if key not in stronger)
    assert merge(weaker, {}) == weaker


def test_all_mistakes_of_all_files_are_shown_at_once(estate: Path) -> None:
    write(estate, "a.yaml", "nodes:\n\tx: 1")
    write(estate, "b.yaml", "sites: {s1: {titel: 机房, region: 410600, latitude: 99}}")
    write(estate, "c.yaml", "regions: {410699: {title: 甲, level: contry, parent: 410600}}")

    loading = load(estate)

    assert codes(loading) == ["E0103", "E0120", "E0124", "E0122"]
    with pytest.raises(EstateError, match="E1000"):
        loading.require()


def test_a_wrong_default_is_shown_once_where_it_stands(estate: Path) -> None:
    path = estate / "estate.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("log: [log-1]", "log: [log-1], mlps_level: 9"))

    findings = [finding for finding in load(estate).findings if finding.error.id == "E0124"]

    assert [str(finding.position) for finding in findings] == [f"{path}:5:51"]


def test_a_value_can_be_taken_away_again(estate: Path) -> None:
    write(estate, "new.yaml", NODE.format(region="410621", more=", log: null"))

    assert load(estate).require().nodes["new-1"].log == ()


def test_a_folder_that_is_not_there_or_is_empty_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    write(tmp_path / "headless", "a.yaml", "sites: {}")

    assert codes(load(tmp_path / "nowhere")) == ["E1001"]
    assert codes(load(tmp_path / "empty")) == ["E1002"]
    assert codes(load(tmp_path / "headless")) == ["E1011"]


def test_links_that_lead_in_circles_or_nowhere_are_findings_and_the_rest_is_read(estate: Path) -> None:
    (estate / "loop").symlink_to(estate)
    (estate / "self.yaml").symlink_to("self.yaml")
    (estate / "gone.yaml").symlink_to("/nowhere/gone.yaml")

    loading = load(estate)

    assert sorted(codes(loading)) == ["E1003", "E1003", "E1004"]
    assert loading.estate is not None
    assert "desk-101" in loading.estate.nodes


def test_a_linked_folder_outside_the_estate_is_read(estate: Path, tmp_path: Path) -> None:
    write(tmp_path / "shared", "tax.yaml", "organisations: {tax: {title: 税务局, region: 410600}}")
    (estate / "more").symlink_to(tmp_path / "shared")

    assert "tax" in load(estate).require().organisations


def test_included_files_are_read_once_and_circles_are_named(estate: Path, tmp_path: Path) -> None:
    write(tmp_path, "one.yaml", "include: two.yaml\norganisations: {one: {title: 甲, region: 410600}}")
    write(tmp_path, "two.yaml", "include: [one.yaml]\norganisations: {two: {title: 乙, region: 410600}}")
    write(estate, "in.yaml", "include: [../one.yaml]")

    loading = load(estate)

    assert codes(loading) == ["E1006"]
    assert "one.yaml → two.yaml → one.yaml" in loading.findings[0].message
    assert loading.estate is not None
    assert {"one", "two"} <= loading.estate.organisations.keys()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_read_permission_is_a_finding(estate: Path) -> None:
    (estate / "city.yaml").chmod(0)

    assert "E0111" in codes(load(estate))


def test_gbk_binary_and_huge_files_are_each_one_clear_finding(estate: Path) -> None:
    (estate / "gbk.yaml").write_bytes("sites: {s1: {title: 机房}}".encode("gbk"))
    (estate / "binary.yaml").write_bytes(b"\x00\x01\x02")
    with (estate / "huge.yaml").open("wb") as file:
        file.truncate(50 * 1024 * 1024)

    assert sorted(codes(load(estate))) == ["E0101", "E0106", "E0109"]


def test_the_estates_own_region_must_be_declared(estate: Path) -> None:
    path = estate / "estate.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("region: 410600}", "region: 410700}"), encoding="utf-8")

    assert "E1106" in [finding.error.id for finding in check_estate(load(estate).require())]


def test_a_network_without_a_core_device_is_a_finding(estate: Path) -> None:
    path = estate / "city.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("role: core", "role: firewall"), encoding="utf-8")

    assert "E1153" in [finding.error.id for finding in check_estate(load(estate).require())]


@given(edit=st.text(alphabet=string.ascii_lowercase, min_size=1, max_size=8))
def test_an_edit_is_always_seen_through_the_cache(edit: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("edit")
    estate = shutil.copytree(BASE, folder / "estate")
    load(estate, cache_folder=folder / "cache").require()
    file = estate / "city.yaml"
    before = file.stat()
    file.write_text(file.read_text(encoding="utf-8").replace("市政务云机房", f"room {edit}"), encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    loaded = load(estate, cache_folder=folder / "cache").require()

    assert loaded.sites["room"].title == f"room {edit}"


def test_the_cache_gives_the_same_estate_and_the_same_positions(estate: Path, tmp_path: Path) -> None:
    write(estate, "vars.yaml", NODE.format(region="410621", more=", vars: {a: 010, b: '010', c: NO}"))
    first = load(estate, cache_folder=tmp_path / "cache").require()
    second = load(estate, cache_folder=tmp_path / "cache").require()

    assert second == first
    assert second.nodes["new-1"].vars == {"a": 10, "b": "010", "c": "NO"}
    assert second.position("nodes", "desk-101", "gateway") == first.position("nodes", "desk-101", "gateway")


@pytest.mark.parametrize("damage", [b"", b"\x92\xa5wrong\x80", b"rubbish" * 50])
def test_a_damaged_cache_is_not_used(estate: Path, tmp_path: Path, damage: bytes) -> None:
    load(estate, cache_folder=tmp_path / "cache")
    (file,) = (tmp_path / "cache" / "documents").iterdir()
    file.write_bytes(damage)

    assert load(estate, cache_folder=tmp_path / "cache").require().nodes.keys() == load(estate).require().nodes.keys()


def test_a_cache_folder_that_cannot_be_written_is_no_error(estate: Path, tmp_path: Path) -> None:
    blocked = write(tmp_path, "file", "not a folder")

    assert load(estate, cache_folder=blocked).require().nodes


def test_a_folder_of_other_yaml_files_is_no_estate_and_is_not_complained_about(tmp_path: Path) -> None:
    write(tmp_path, "docker-compose.yml", "services: {web: {image: nginx}}\nversion: 3")

    assert codes(load(tmp_path)) == ["E1011"]


def test_the_vaults_folder_is_not_looked_into_whatever_its_name(estate: Path) -> None:
    write(estate, "secrets/ids.yaml", "default: city")

    assert codes(load(estate)) == ["E0120"]
    assert codes(load(estate, vault="secrets")) == []


def test_references_in_included_files_are_known_and_the_vaults_folder_is_left_out_there_too(
    estate: Path, tmp_path: Path
) -> None:
    device = "devices: {sw-9: {region: 410600, role: access, platform: frr, credentials: {password: 'vault:sw-9/p'}}}"
    write(tmp_path, "shared/more.yaml", device)
    write(tmp_path, "shared/secrets/ids.yaml", "default: city")
    write(estate, "in.yaml", "include: ../shared")
    flags = [f"cache_folder={tmp_path}/cache", "vault.folder=secrets"]

    app = App(load_settings(flags, environ={}))

    assert app.load(estate).findings == ()
    assert [(use.path, use.position.file.name) for use in app.secret_uses(estate)] == [("sw-9/p", "more.yaml")]


def test_an_imported_object_is_judged_with_the_groups_that_its_defaults_put_it_into(
    estate: Path, tmp_path: Path
) -> None:
    (estate / "groups.yaml").write_text(
        "groups:\n"
        "  by-zone: {select: zone=extranet, node: {roles: [monitor]}}\n"
        "regions:\n"
        "  410622: {title: 淇县, level: county, parent: 410600, access_required: false,"
        " defaults: {node: {zone: extranet}}}\n",
        encoding="utf-8",
    )
    table = tmp_path / "nodes.csv"
    table.write_text("标识,区划,外网地址\nnew-1,410622,59.214.0.77/24\n", encoding="utf-8")

    # Without the group the row would lack the roles that every node needs.
    assert run(["inventory", "import", str(table), "--kind", "nodes", "-e", str(estate)]) == 0
    assert load(estate).require().nodes["new-1"].roles == ("monitor",)
