"""Whether the estate's references and the vault fit together."""

from __future__ import annotations

from pathlib import Path

from yiwang.core.document import parse
from yiwang.core.errors import Finding
from yiwang.core.vault import cipher
from yiwang.core.vault.check import check, uses_in
from yiwang.core.vault.keys import Keys
from yiwang.core.vault.secret import Secret
from yiwang.core.vault.store import Vault

DEVICES = """\
devices:
  core-1:
    credentials: {user: yiwang, password: vault:core-1/password}
    snmp:
      - community: vault:core-1/comunity
        note: see vault:not/a/reference
"""


def checked(vault: Vault) -> list[Finding]:
    file = vault.folder.parent / "devices.yaml"
    file.write_text(DEVICES)
    return list(check(vault, uses_in([parse(file.read_bytes(), file)[0]])))


def test_an_estate_whose_references_all_resolve_has_no_finding(vault: Vault) -> None:
    vault.set("core-1/password", Secret("x"))
    vault.set("core-1/comunity", Secret("x"))

    assert checked(vault) == []


def test_a_reference_without_a_secret_is_found_where_it_stands(vault: Vault) -> None:
    vault.set("core-1/password", Secret("x"))
    vault.set("core-1/community", Secret("x"))

    unresolved, unused = checked(vault)

    assert (unresolved.error.id, unresolved.severity) == ("E0615", "error")
    assert (unresolved.position.file.name, unresolved.position.line, unresolved.position.column) == (
        "devices.yaml",
        5,
        20,
    )
    assert 'did you mean "core-1/community"?' in unresolved.message
    assert (unused.error.id, unused.severity) == ("E0616", "advice")


def test_a_plain_file_in_the_vault_is_found(vault: Vault) -> None:
    (vault.folder / "notes.txt").write_text("hunter2")
    (vault.folder / "core-1").mkdir()
    (vault.folder / "core-1" / "password.vault").write_text("hunter2")

    found = [each for each in checked(vault) if each.error.id == "E0617"]

    assert sorted(each.position.file.name for each in found) == ["notes.txt", "password.vault"]
    assert all(each.error.private and each.severity == "error" for each in found)


def test_a_secret_that_its_key_does_not_open_is_found(vault: Vault) -> None:
    vault.set("core-1/comunity", Secret("x"))
    vault.set("core-1/password", Secret("x"))
    vault.file("core-1/password").write_bytes(cipher.encrypt("x", Secret("another key altogether"), "city"))

    assert [(each.error.id, each.severity) for each in checked(vault)] == [("E0608", "error")]


def test_what_cannot_be_judged_for_want_of_a_key_is_a_warning(vault: Vault) -> None:
    vault.set("core-1/comunity", Secret("x"))
    vault.set("core-1/password", Secret("x"))

    found = checked(Vault(vault.folder, Keys({}, environ={})))

    assert [(each.error.id, each.severity, each.values) for each in found] == [
        ("E0621", "warning", {"id": "city", "count": 2})
    ]


def test_a_vault_that_is_not_there_has_no_secrets(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault", Keys({}, environ={}))

    assert [each.error.id for each in checked(vault)] == ["E0615", "E0615"]
