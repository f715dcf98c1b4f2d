"""Allocation: whatever is added or removed, nothing that has an address ever gets another."""

import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yiwang.cli.main import run
from yiwang.core.errors import AddressError
from yiwang.inventory.addressing.allocate import allocate
from yiwang.inventory.addressing.book import AddressBook
from yiwang.inventory.addressing.space import Block, block
from yiwang.inventory.addressing.usage import holders
from yiwang.inventory.checks import check_estate
from yiwang.inventory.estate import Estate
from yiwang.inventory.lists.edit import apply
from yiwang.inventory.loading.load import load

HEADER = """estate: {name: small, title: 小城市, region: 410600}
addressing:
  blocks: {service: 59.200.0.0/22, links: 59.200.4.0/24, management: 59.200.5.0/24}
defaults: {node: {ntp: [59.200.9.1], log: [59.200.9.2]}, device: {platform: frr, ntp: [59.200.9.1], log: [59.200.9.2]}}
regions:
  410600: {title: 鹤壁市, level: city}
  410621: {title: 浚县, level: county, parent: 410600%s}  # 县
devices:
  core-1: {region: 410600, role: core, interfaces: {eth0: {}}}
  edge-1: {region: 410621, role: aggregation, interfaces: {eth0: {}%s}}
links:
  up: {ends: ['core-1:eth0', 'edge-1:eth0'], bandwidth_mbps: 1000}
"""
TOWNSHIP = """# {code}
regions:
  {code}: {{title: 镇{code}, level: township, parent: 410621}}  # 新设
devices:
  access-{code}:
    region: {code}
    role: access
    interfaces: {{eth0: {{}}, eth1: {{zone: extranet}}}}  # 上联、大厅
nodes:
  desk-{code}: {{region: {code}, zone: extranet, roles: [service-point]}}
links:
  up-{code}: {{ends: ['edge-1:eth{number}', 'access-{code}:eth0'], bandwidth_mbps: 100}}
  desk-{code}: {{ends: ['access-{code}:eth1', 'desk-{code}:eth0'], bandwidth_mbps: 100}}
"""


ROOMY = ", pools: {service: 59.200.0.0/23, links: 59.200.4.0/25, management: 59.200.5.0/26}"


def write_estate(folder: Path, pools: str = "") -> None:
    ports = "".join(f", eth{number}: {{}}" for number in range(1, 31))
    (folder / "estate.yaml").write_text(HEADER % (pools, ports), encoding="utf-8")


def add_township(folder: Path, number: int) -> None:
    text = TOWNSHIP.format(code=f"410621{number:03}", number=number)
    (folder / f"{number:03}.yaml").write_text(text, encoding="utf-8")


def allocate_all(folder: Path) -> Estate:
    estate = load(folder).require()
    allocation = allocate(estate)
    assert [str(finding) for finding in allocation.findings] == []
    apply(estate, allocation.changes)
    return load(folder).require()


def addresses(estate: Estate) -> dict[tuple[str, ...], int]:
    return {(holder.name, *holder.path): holder.address for holder in holders(estate)}


@given(seed=st.integers(0, 10_000))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_adding_and_removing_townships_never_renumbers_what_stays(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("estate")
    choose = random.Random(seed)
    write_estate(folder, ROOMY)
    before: dict[tuple[str, ...], int] = {}

    for _turn in range(3):
        for number in choose.sample(range(1, 31), 5):
            file = folder / f"{number:03}.yaml"
            if file.exists():
                file.unlink()
            else:
                add_township(folder, number)
        _tidy(folder)
        estate = allocate_all(folder)
        after = addresses(estate)
        assert {key: after[key] for key in before.keys() & after.keys()} == {
            key: before[key] for key in before.keys() & after.keys()
        }
        assert [str(finding) for finding in check_estate(estate) if finding.error.id.startswith("E13")] == []
        before = after


def _tidy(folder: Path) -> None:
    """A port whose line is gone loses its address, as a person who removes the line would see to."""
    text = (folder / "estate.yaml").read_text(encoding="utf-8")
    for number in range(1, 31):
        if not (folder / f"{number:03}.yaml").exists():
            text = re.sub(rf"eth{number}: {{address: [^}}]+}}", f"eth{number}: {{}}", text)
            text = re.sub(rf"(\n *)eth{number}:\n +address: \S+", rf"\1eth{number}: {{}}", text)
    (folder / "estate.yaml").write_text(text, encoding="utf-8")


def test_allocation_gives_everything_what_it_lacks_and_keeps_comments(tmp_path: Path) -> None:
    write_estate(tmp_path)
    add_township(tmp_path, 1)

    estate = allocate_all(tmp_path)

    assert estate.devices["core-1"].management
    assert estate.devices["access-410621001"].interfaces["eth0"].address
    desk = estate.nodes["desk-410621001"]
    assert desk.gateway in desk.addresses["extranet"].network
    assert estate.regions["410621"].pools.keys() == {"service", "links", "management"}
    assert estate.regions["410600"].as_number == 64512
    text = (tmp_path / "001.yaml").read_text(encoding="utf-8")
    assert text.startswith("# 410621001\n")
    assert "# 新设" in text
    assert "# 上联、大厅" in text
    # The little estate has one core and one line on purpose; everything else is as it should be.
    assert {finding.error.id for finding in check_estate(estate)} == {"E1152"}


def test_a_second_allocation_changes_nothing(tmp_path: Path) -> None:
    write_estate(tmp_path)
    add_township(tmp_path, 7)
    estate = allocate_all(tmp_path)
    written = {file: file.read_bytes() for file in tmp_path.iterdir()}

    again = allocate(estate)

    assert again.changes == ()
    apply(estate, again.changes)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == written


def test_the_other_end_of_a_line_gets_the_address_beside_the_declared_one(tmp_path: Path) -> None:
    write_estate(tmp_path)
    text = (tmp_path / "estate.yaml").read_text(encoding="utf-8")
    text = text.replace("interfaces: {eth0: {}}}", "interfaces: {eth0: {address: 59.200.4.66/31}}}")
    (tmp_path / "estate.yaml").write_text(text, encoding="utf-8")

    estate = allocate_all(tmp_path)

    assert str(estate.devices["edge-1"].interfaces["eth0"].address) == "59.200.4.67/31"


def test_a_node_without_a_line_is_named_and_the_rest_is_allocated_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path.parent / "cache"))
    write_estate(tmp_path)
    (tmp_path / "lonely.yaml").write_text("nodes: {lonely: {region: 410621, zone: extranet, roles: [exchange]}}\n")

    assert run(["inventory", "addresses", "--allocate", "--estate", str(tmp_path)]) == 1

    assert "E1304" in capsys.readouterr().err
    assert load(tmp_path).require().devices["edge-1"].management


def test_a_dry_run_shows_the_addresses_and_writes_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path.parent / "cache"))
    write_estate(tmp_path)
    before = (tmp_path / "estate.yaml").read_bytes()

    assert run(["inventory", "addresses", "--allocate", "--dry-run", "-e", str(tmp_path), "-o", "csv"]) == 0

    assert "core-1,management,59.200.5." in capsys.readouterr().out
    assert (tmp_path / "estate.yaml").read_bytes() == before


def test_a_full_pool_is_told_with_its_size_its_free_space_and_what_to_do(tmp_path: Path) -> None:
    write_estate(tmp_path)
    text = (tmp_path / "estate.yaml").read_text(encoding="utf-8")
    (tmp_path / "estate.yaml").write_text(text.replace("service: 59.200.0.0/22", "service: 59.200.0.0/30"))
    add_township(tmp_path, 1)

    findings = allocate(load(tmp_path).require()).findings

    assert {finding.error.id for finding in findings} == {"E1301"}
    message = findings[0].message
    assert '"service"' in message
    assert "59.200.0.0/30" in message
    assert "/26" in message or "/29" in message
    assert "4 addresses are free" in message
    assert "enlarge the pool" in findings[0].advice


def test_a_port_network_without_a_free_host_is_told(tmp_path: Path) -> None:
    write_estate(tmp_path)
    (tmp_path / "late.yaml").write_text(
        "nodes: {late: {region: 410621, zone: extranet, roles: [exchange]}}\n"
        "links: {late: {ends: ['edge-1:eth1', 'late:eth0'], bandwidth_mbps: 1}}\n"
    )
    text = (tmp_path / "estate.yaml").read_text(encoding="utf-8")
    (tmp_path / "estate.yaml").write_text(text.replace("eth1: {}", "eth1: {address: 59.200.0.1/32}"), encoding="utf-8")

    findings = allocate(load(tmp_path).require()).findings

    assert [(finding.error.id, finding.values["network"].prefix) for finding in findings] == [("E1306", 32)]


def test_no_free_as_number_is_told(tmp_path: Path) -> None:
    write_estate(tmp_path)
    text = (tmp_path / "estate.yaml").read_text(encoding="utf-8")
    text = text.replace("addressing:\n", "addressing:\n  as_numbers: 64512-64512\n").replace(
        "{title: 浚县,", "{as_number: 64512, title: 浚县,"
    )
    (tmp_path / "estate.yaml").write_text(text, encoding="utf-8")

    findings = allocate(load(tmp_path).require()).findings

    assert [finding.error.id for finding in findings] == ["E1305"]


def test_a_region_takes_from_the_nearest_pool_above_it() -> None:
    chains = {"410600": ("410600",), "410621": ("410600", "410621"), "410621001": ("410600", "410621", "410621001")}
    pools = {"": {"service": block("10.0.0.0/16")}, "410621": {"service": block("10.0.1.0/24")}}
    book = AddressBook(pools, chains, {})

    assert book.network("service", "410621001", 8) == block("10.0.1.0/29")
    assert book.network("service", "410600", 256) == block("10.0.0.0/24")
    assert book.network("service", "410600", 256) == block("10.0.2.0/24")


def test_a_pool_that_nobody_declared_is_told() -> None:
    book = AddressBook({}, {"410621": ("410621",)}, {"410621": "浚县"})

    with pytest.raises(AddressError, match="E1303") as caught:
        book.network("links", "410621", 2)

    assert "410621 浚县" in caught.value.message
    assert "pools: {links: …}" in caught.value.advice


def test_what_is_declared_is_never_handed_out_again() -> None:
    book = AddressBook({"": {"service": block("10.0.0.0/28")}}, {"410600": ("410600",)}, {})
    book.occupy([Block(block("10.0.0.0/32").first + each, 1) for each in (0, 1, 5)])

    taken = [book.network("service", "410600", 2) for _turn in range(5)]

    assert [str(each) for each in taken] == [f"10.0.0.{last}/31" for last in (2, 6, 8, 10, 12)]


def test_the_table_shows_pools_down_to_the_county_or_of_one_region(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    run(["init", "410600", str(tmp_path / "hebi")])
    capsys.readouterr()

    run(["inventory", "addresses", "-e", str(tmp_path / "hebi"), "-o", "csv"])
    everything = capsys.readouterr().out
    run(["inventory", "addresses", "浚县", "-e", str(tmp_path / "hebi"), "-o", "csv"])
    one = capsys.readouterr().out

    assert "410621 浚县,service," in everything
    assert "善堂镇" not in everything
    assert "善堂镇" in one
    assert "淇县" not in one
    row = next(line.split(",") for line in everything.splitlines() if line.startswith("410621 浚县,management"))
    assert (int(row[3]), int(row[5])) == (16, 12)
