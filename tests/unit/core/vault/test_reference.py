"""References to secrets."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.core.document import parse
from yiwang.core.errors import UsageError
from yiwang.core.validation import Declared, validate
from yiwang.core.vault.reference import SecretRef, SecretReference, is_path

FILE = Path("estate/nodes.yaml")


class Login(Declared):
    """Something with a password."""

    password: SecretRef


def test_a_reference_is_its_path_with_a_prefix() -> None:
    reference = SecretReference.parse("vault:counties/410621/devices/edge-1/password")

    assert reference.path == "counties/410621/devices/edge-1/password"
    assert str(reference) == "vault:counties/410621/devices/edge-1/password"
    assert SecretReference.parse(reference.path) == reference


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "a/",
        "/a",
        "a//b",
        "..",
        "../a",
        "a/../b",
        ".a",
        "a/.b",
        "-a",
        "a b",
        "a\n",
        "a\0",
        "密码",
        "a" * 251,
        "~/a",
        "a\\b",
    ],
)
def test_what_could_leave_the_folder_or_is_no_file_name_is_refused(path: str) -> None:
    with pytest.raises(UsageError) as refused:
        SecretReference(path)

    assert refused.value.error.id == "E0602"


@given(st.text(st.characters(codec="ascii"), max_size=30))
def test_every_path_stays_below_its_folder(text: str) -> None:
    if not is_path(text):
        return

    folder = Path("/estate/vault")
    assert (folder / text).resolve().is_relative_to(folder)
    assert (folder / text).resolve() != folder


@pytest.mark.parametrize("given_", ["hunter2", "vault:", "vault:../x", "vault: a", "VAULT:a", "密码123"])
def test_clear_text_in_the_estate_is_refused_without_being_shown(given_: str) -> None:
    document, _findings = parse(f"password: '{given_}'\n".encode(), FILE)

    value, findings = validate(Login, document.data, lambda path, of_key: document.position(path, of_key=of_key))

    assert value is None
    assert [finding.error.id for finding in findings] == ["E0601"]
    assert findings[0].error.private
    assert str(findings[0].position) == "estate/nodes.yaml:1:11"
    assert given_ not in str(findings[0]).removeprefix("estate/nodes.yaml:1:11: ").replace("vault:PATH", "")
    assert given_ not in findings[0].advice or given_ == "vault:"
