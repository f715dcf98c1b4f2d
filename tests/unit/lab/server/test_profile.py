"""Profiles: the product's own, and those that an estate brings."""

from pathlib import Path

import pytest

from yiwang.inventory.loading.load import load
from yiwang.lab.command import LabError
from yiwang.lab.profile import fill_words, profile_of_kind, profiles

GOOD = """
title: 科室自用数据库
services: [ssh, mariadb]
memory_mib: 90
packages: [mariadb-server]
adapters: [kingbase]
choices:
  rights: {by: direction, values: {in: read of @database@, out: write, both: write}}
files: {/etc/motd: "@host@ serves @user@ who may @rights@"}
"""
ESTATE = "estate: {name: tiny, title: 小, region: 410600}\n"


def estate_with(folder: Path, **own: str) -> Path:
    (folder / "lab/profiles").mkdir(parents=True)
    (folder / "estate.yaml").write_text(ESTATE, encoding="utf-8")
    for name, content in own.items():
        (folder / f"lab/profiles/{name}.yaml").write_text(content, encoding="utf-8")
    return folder


def test_every_profile_of_the_product_can_be_read() -> None:
    found = profiles()

    assert {"node", "router", "mariadb", "postgresql"} <= found.keys()


def test_no_two_profiles_of_the_product_are_for_one_kind_of_adapter() -> None:
    kinds = [kind for profile in profiles().values() for kind in profile.adapters]

    assert len(kinds) == len(set(kinds))


def test_an_estates_own_profile_serves_a_kind_that_the_product_has_none_for(tmp_path: Path) -> None:
    folder = estate_with(tmp_path, kingbase=GOOD)

    assert profile_of_kind("kingbase") == ""
    assert profile_of_kind("kingbase", folder) == "kingbase"
    assert profiles(folder)["kingbase"].memory_mib == 90


def test_an_estates_own_profile_takes_the_place_of_the_products(tmp_path: Path) -> None:
    folder = estate_with(tmp_path, ours=GOOD.replace("kingbase", "mariadb"), node=GOOD.replace("kingbase", "none"))

    assert profile_of_kind("mariadb", folder) == "ours"
    assert profiles(folder)["node"].memory_mib == 90
    assert profiles()["node"].memory_mib != 90


def test_profiles_are_no_documents_of_the_estate(tmp_path: Path) -> None:
    folder = estate_with(tmp_path, kingbase=GOOD)

    loading = load(folder)

    assert loading.findings == ()
    assert [document.file.name for document in loading.documents] == ["estate.yaml"]


def test_another_folder_called_profiles_is_still_read(tmp_path: Path) -> None:
    folder = estate_with(tmp_path)
    (folder / "profiles").mkdir()
    (folder / "profiles/more.yaml").write_text("{}", encoding="utf-8")

    assert [document.file.name for document in load(folder).documents] == ["estate.yaml", "more.yaml"]


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (GOOD.replace("memory_mib: 90", "memory: 90"), "memory_mib"),
        (GOOD.replace("@user@", "@usr@"), "@usr@"),
        (GOOD.replace("@database@", "@rights@"), "@rights@"),
        (GOOD.replace("by: direction", "by: weather"), "weather"),
        (GOOD.replace("adapters: [kingbase]", ""), "@database@"),
        ("title: [", "YAML"),
    ],
    ids=["unknown key", "unknown word", "a choice in a choice", "unknown condition", "no adapter", "no YAML"],
)
def test_what_is_wrong_with_a_profile_is_told_with_its_place(tmp_path: Path, wrong: str, expected: str) -> None:
    folder = estate_with(tmp_path, bad=wrong)

    with pytest.raises(LabError) as raised:
        profiles(folder)

    assert raised.value.error.id == "E6350"
    assert expected in raised.value.message
    assert "bad.yaml" in raised.value.message


def test_words_are_replaced_and_all_else_stays_as_it_is() -> None:
    text = "'@user@'@'%' $HOME {x} ops@city.example @Not@ 100%"

    assert fill_words(text, {"user": "reader"}.__getitem__) == "'reader'@'%' $HOME {x} ops@city.example @Not@ 100%"
