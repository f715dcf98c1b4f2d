"""``yiwang init``: what it writes, what it refuses, what it leaves alone."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from yiwang.cli.main import run
from yiwang.core.i18n import use
from yiwang.core.vault.rules import read_rules
from yiwang.inventory.loading.load import load

Complaints = Callable[[Path], list[str]]


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "140")


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_init_writes_an_estate_that_checks_clean_and_says_what_comes_next(
    tmp_path: Path, complaints: Complaints, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", "410600", str(tmp_path / "hebi")]) == 0

    assert complaints(tmp_path / "hebi") == []
    assert set(files_of(tmp_path / "hebi")) == {
        ".yiwang/estate.schema.json",
        "city.yaml",
        "estate.yaml",
        "organisations.yaml",
        "vault/ids.yaml",
        *(f"regions/{code}.yaml" for code in (410602, 410603, 410611, 410621, 410622, 410671)),
    }
    told = capsys.readouterr().err
    assert f"yiwang check {tmp_path}/hebi" in told
    assert "yiwang vault set cities/410600/nodes/private-key" in told


def test_every_file_of_the_estate_names_the_schema_that_stands_beside_it(tmp_path: Path) -> None:
    run(["init", "410600", str(tmp_path / "hebi")])

    for name, content in files_of(tmp_path / "hebi").items():
        if name.endswith(".yaml") and not name.startswith("vault/"):
            schema = re.match(rb"# yaml-language-server: \$schema=(.+)\n", content)
            assert schema
            assert (tmp_path / "hebi" / name).parent.joinpath(schema[1].decode()).resolve().is_file()


def test_the_same_call_writes_the_same_bytes(tmp_path: Path) -> None:
    run(["init", "410621", str(tmp_path / "a")])
    run(["init", "浚县", str(tmp_path / "b")])

    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")


def test_no_secret_stands_in_the_files_and_each_county_has_its_own_folder_in_the_vault(tmp_path: Path) -> None:
    run(["init", "410600", str(tmp_path / "hebi")])

    estate = load(tmp_path / "hebi").require()

    assert estate.devices["edge-410621"].credentials.password == "vault:counties/410621/devices/password"
    assert estate.devices["access-410622101"].snmp is not None
    assert estate.devices["access-410622101"].snmp.auth == "vault:counties/410622/snmp/auth"
    assert estate.nodes["database-410600-1"].connection.private_key == "vault:cities/410600/nodes/private-key"
    rules = read_rules(tmp_path / "hebi" / "vault")
    assert rules.id_of("counties/410621/devices/password") == "410621"
    assert rules.id_of("cities/410600/nodes/private-key") == "city"


def test_comments_follow_the_language(tmp_path: Path) -> None:
    try:
        run(["--language", "zh_CN", "init", "410621", str(tmp_path / "zh")])
        run(["--language", "en", "init", "410621", str(tmp_path / "en")])
    finally:
        use(None)

    assert "县级机房" in (tmp_path / "zh" / "county.yaml").read_text(encoding="utf-8")
    assert "The county's machine room" in (tmp_path / "en" / "county.yaml").read_text(encoding="utf-8")


def test_a_folder_that_is_not_empty_is_refused_before_anything_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    assert run(["init", "410600", str(tmp_path)]) == 64

    assert "E1412" in capsys.readouterr().err
    assert set(files_of(tmp_path)) == {"notes.txt"}


def test_force_replaces_files_of_the_same_name_and_leaves_foreign_ones(tmp_path: Path) -> None:
    folder = tmp_path / "hebi"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    (folder / "estate.yaml").write_text("old")

    assert run(["init", "410600", str(folder), "--force"]) == 0

    assert (folder / "notes.txt").read_text() == "mine"
    assert b"estate-410600" in (folder / "estate.yaml").read_bytes()
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_a_dry_run_shows_counts_and_address_plan_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", "410600", str(tmp_path / "hebi"), "--dry-run", "-o", "json"]) == 0

    shown = capsys.readouterr()
    plan = {(row["region"], row["pool"]): row["block"] for row in json.loads(shown.out)["items"]}
    assert plan["410600", "service"].startswith("59.")
    assert ("410621", "links") in plan
    assert "nothing was written" in shown.err
    assert not (tmp_path / "hebi").exists()


def test_the_block_given_holds_all_addresses_of_the_extranet(tmp_path: Path, complaints: Complaints) -> None:
    run(["init", "410600", str(tmp_path / "hebi"), "--block", "59.200.64.0/19"])

    estate = load(tmp_path / "hebi").require()

    given = {str(network)[: len("59.200.64")] for network in estate.regions["410600"].pools.values()}
    assert {each.rsplit(".", 1)[0] for each in given} >= {"59.200"}
    assert complaints(tmp_path / "hebi") == []


@pytest.mark.parametrize("given", ["10.0.0.0/8", "10.64.0.0/12", "10.128.0.0/16", "172.16.0.0/16"])
def test_a_private_block_becomes_the_extranet_and_leaves_the_clouds_their_own(
    given: str, tmp_path: Path, complaints: Complaints
) -> None:
    assert run(["init", "410600", str(tmp_path / "hebi"), "--block", given]) == (1 if given == "10.0.0.0/8" else 0)

    if given != "10.0.0.0/8":
        assert str(load(tmp_path / "hebi").require().addressing.extranet) == given
        assert complaints(tmp_path / "hebi") == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["999999"], "E1401"),
        (["朝阳区"], "E1402"),
        (["4690"], "E1403"),
        (["410600", "--platform", "huawei"], "E1411"),
        (["410600", "--block", "59.200.0.0"], "E1302"),
        (["410600", "--block", "59.200.0.1/20"], "E0022"),
        (["410600", "--block", "59.200.0.0/25"], "E1302"),
        (["410600", "--depth", "village"], "E0021"),
        (["410600", "--plan", "hebi-2071"], "E1421"),
        (["410600", "--plan", "ziyang-2016"], "E1422"),
    ],
)
def test_what_cannot_be_made_is_refused_and_nothing_is_written(
    arguments: list[str], code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", arguments[0], str(tmp_path / "estate"), *arguments[1:]]) != 0

    assert code in capsys.readouterr().err
    assert not (tmp_path / "estate").exists()


def test_villages_come_from_the_table_given(tmp_path: Path, complaints: Complaints) -> None:
    table = tmp_path / "villages.csv.gz"
    table.write_bytes(gzip.compress("code,name,parent\n410621101001,西善堂村,410621101\n".encode()))

    assert run(["init", "410621", str(tmp_path / "x"), "--depth", "village", "--villages", str(table)]) == 0

    estate = load(tmp_path / "x").require()
    assert estate.nodes["point-410621101001"].title == "西善堂村便民服务点"
    assert complaints(tmp_path / "x") == []


def test_plans_are_adopted_with_the_estate(tmp_path: Path, complaints: Complaints) -> None:
    arguments = ["--plan", "hebi-2017", "--plan", "xinxiang-2017"]

    assert run(["init", "410600", str(tmp_path / "hebi"), *arguments]) == 0

    estate = load(tmp_path / "hebi").require()
    assert str(estate.milestones["city-device-credentials"].due) == "2017-04-25"
    assert estate.reports["monthly-410621"].owner == "office-410621"
    assert complaints(tmp_path / "hebi") == []
