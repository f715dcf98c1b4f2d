"""Taking over secrets from other files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from yiwang.core.errors import UsageError, VaultError
from yiwang.core.vault import cipher
from yiwang.core.vault.intake import read_intake, replace, take_in
from yiwang.core.vault.keys import Keys
from yiwang.core.vault.secret import Secret
from yiwang.core.vault.store import Vault

ANSIBLE_VAULT = Path(sys.executable).parent / "ansible-vault"
VARIABLES = """\
# account of the exchange
db_user: yiwang
db_password: 0123   # with a leading nought
port: 22
enabled: true
empty_password:
snmp:
  communities: [public-ro, "tab\\there"]
  version: 2c
api_token: vault:already/there
"""


def ansible_vault(*arguments: object, given: str = "") -> str:
    environment = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    command = [ANSIBLE_VAULT, *map(str, arguments)]
    return subprocess.run(command, env=environment, input=given, capture_output=True, check=True, text=True).stdout


def imported(vault: Vault, file: Path, **options: bool | str) -> dict[str, str]:
    under, every = str(options.get("under", "")), bool(options.get("every"))
    intake = read_intake(file, vault.keys, under=under, every=every)
    return {reference.path: vault.get(reference.path).reveal() for reference in take_in(vault, intake)}


@pytest.fixture
def variables(tmp_path: Path) -> Path:
    file = tmp_path / "group_vars.yml"
    file.write_text(VARIABLES)
    return file


def test_what_sounds_secret_in_a_plain_file_is_taken_as_it_is_written(vault: Vault, variables: Path) -> None:
    found = imported(vault, variables, under="exchange")

    assert found == {
        "exchange/db_password": "0123",
        "exchange/snmp/communities/1": "public-ro",
        "exchange/snmp/communities/2": "tab\there",
    }


def test_every_value_is_taken_when_asked(vault: Vault, variables: Path) -> None:
    found = imported(vault, variables, every=True)

    assert found["db_user"] == "yiwang"
    assert found["port"] == "22"
    assert "enabled" not in found
    assert "api_token" not in found


def test_references_take_the_secrets_place_and_all_else_stays(vault: Vault, variables: Path) -> None:
    variables.chmod(0o640)
    intake = read_intake(variables, vault.keys, under="exchange")
    take_in(vault, intake)

    replace(intake)

    wanted = VARIABLES.replace("0123   ", "vault:exchange/db_password ")
    wanted = wanted.replace("public-ro", "vault:exchange/snmp/communities/1")
    wanted = wanted.replace('"tab\\there"', "vault:exchange/snmp/communities/2")
    assert variables.read_text().replace('"', "") == wanted.replace('"', "")
    assert variables.stat().st_mode & 0o777 == 0o640


def test_a_file_that_ansible_vault_encrypted_is_taken_whole(
    vault: Vault, variables: Path, key_files: dict[str, Path]
) -> None:
    ansible_vault("encrypt", "--vault-id", f"city@{key_files['city']}", variables)

    intake = read_intake(variables, vault.keys, under="exchange")
    take_in(vault, intake)
    replace(intake)

    assert vault.get("exchange/db_user").reveal() == "yiwang"
    assert "db_user: vault:exchange/db_user" in variables.read_text()


def test_values_that_ansible_vault_encrypted_one_by_one_are_taken(
    vault: Vault, tmp_path: Path, key_files: dict[str, Path]
) -> None:
    city = f"city@{key_files['city']}"
    value = ansible_vault("encrypt_string", "--vault-id", city, "--stdin-name", "enable", given="s3cret-值")
    file = tmp_path / "vars.yml"
    file.write_text(f"user: admin\n{value}\n", "utf-8")

    assert imported(vault, file, under="devices") == {"devices/enable": "s3cret-值"}


def test_a_csv_list_is_taken_and_its_other_columns_kept(vault: Vault, tmp_path: Path) -> None:
    file = tmp_path / "passwords.csv"
    file.write_text('\ufeffpath,value,note\ncore-1/password,"a,b",核心\ncore-2/password,,none\n', "utf-8")

    intake = read_intake(file, vault.keys, under="devices")
    take_in(vault, intake)
    replace(intake)

    assert vault.get("devices/core-1/password").reveal() == "a,b"
    assert file.read_text("utf-8") == (
        "path,value,note\ncore-1/password,vault:devices/core-1/password,核心\ncore-2/password,,none\n"
    )


def test_an_import_can_be_run_again(vault: Vault, variables: Path) -> None:
    first = imported(vault, variables)
    before = vault.content("db_password")

    assert imported(vault, variables) == first
    assert vault.content("db_password") == before


def test_another_secret_in_the_same_place_is_not_overwritten_unasked(vault: Vault, variables: Path) -> None:
    vault.set("snmp/communities/2", Secret("mine"))
    intake = read_intake(variables, vault.keys)

    with pytest.raises(VaultError) as refused:
        take_in(vault, intake)
    assert refused.value.error.id == "E0623"
    assert vault.paths() == ("snmp/communities/2",)

    take_in(vault, intake, overwrite=True)
    assert vault.get("snmp/communities/2").reveal() == "tab\there"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.yml", b"password: 'hunter2", "not YAML"),
        ("a.yml", b"- hunter2\n", "mapping"),
        ("a.yml", b"user: hunter2\n", "no secret"),
        ("a.yml", b"password: \xff\xfe", "UTF-8"),
        ("a.yml", b"$ANSIBLE_VAULT;1.2;AES256;city\n6162\n", "ansible-vault format"),
        ("a.csv", b"name,hunter2\na,hunter2\n", "columns"),
        ("absent.yml", None, "No such file"),
    ],
)
def test_a_file_that_cannot_be_taken_is_told_without_its_content(
    vault: Vault, tmp_path: Path, name: str, content: bytes | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)

    with pytest.raises(VaultError) as refused:
        read_intake(tmp_path / name, vault.keys)

    assert refused.value.error.id == "E0614"
    assert reason in refused.value.message
    assert "hunter2" not in str(refused.value)


def test_a_key_that_cannot_be_part_of_a_path_is_told(vault: Vault, tmp_path: Path) -> None:
    file = tmp_path / "a.yml"
    file.write_text("'admin password': hunter2\n")

    with pytest.raises(UsageError) as refused:
        read_intake(file, vault.keys)

    assert refused.value.error.id == "E0602"
    assert "admin password" in refused.value.message


def test_a_file_that_contains_itself_is_read_once(vault: Vault, tmp_path: Path) -> None:
    file = tmp_path / "a.yml"
    file.write_text("a: &a\n  password: hunter2-hunter2\n  again: *a\n")

    assert imported(vault, file) == {"a/password": "hunter2-hunter2"}


def test_the_default_id_of_the_older_format_needs_its_key(vault: Vault, tmp_path: Path) -> None:
    file = tmp_path / "old.yml"
    file.write_bytes(cipher.encrypt("password: old-one\n", Secret("short"), "default"))
    assert file.read_bytes().startswith(b"$ANSIBLE_VAULT;1.1;AES256\n")

    with pytest.raises(VaultError) as refused:
        read_intake(file, Keys({}, environ={}))
    vault.keys.give("default", Secret("short"))

    assert refused.value.error.id == "E0604"
    assert imported(vault, file) == {"password": "old-one"}
