"""What belongs to a playbook, and whose keys it needs."""

import os
from pathlib import Path

import pytest

from yiwang.core.errors import Position
from yiwang.core.vault.cipher import encrypt
from yiwang.core.vault.secret import Secret
from yiwang.deploy.engine.faults import DeployError
from yiwang.deploy.playbooks.conversation import leaves
from yiwang.deploy.playbooks.library import Playbooks
from yiwang.deploy.playbooks.project import project_of, vault_ids

PLAYBOOK = "playbooks/health/plays/site.yml"


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    """An estate with a playbook in a department's folder."""
    (tmp_path / PLAYBOOK).parent.mkdir(parents=True)
    (tmp_path / PLAYBOOK).write_text("- hosts: all\n")
    return tmp_path


def test_a_playbook_belongs_to_the_nearest_folder_with_roles(estate: Path) -> None:
    alone = project_of(estate, PLAYBOOK)
    (estate / "playbooks/health/roles").mkdir()

    assert alone.folder == estate / "playbooks/health/plays"
    assert project_of(estate, PLAYBOOK).folder == estate / "playbooks/health"


@pytest.mark.parametrize("path", ["site.yml", "../site.yml", "playbooks/../site.yml", "/etc/site.yml"])
def test_a_playbook_elsewhere_is_refused(estate: Path, path: str) -> None:
    with pytest.raises(DeployError, match="E2071"):
        project_of(estate, path)


def test_every_file_beside_a_playbook_counts(estate: Path) -> None:
    project = project_of(estate, PLAYBOOK)
    before = project.digest()
    (project.folder / "group_vars").mkdir()
    (project.folder / "group_vars/all.yml").write_text("a: 1\n")
    variables = project.digest()
    (estate / "collections/ansible_collections").mkdir(parents=True)
    (estate / "collections/ansible_collections/x.py").write_text("")
    collections = project.digest()
    (project.folder / ".git").mkdir()
    (project.folder / ".git/HEAD").write_text("x")

    assert len({before, variables, collections}) == 3
    assert project.digest() == collections


def test_a_copy_has_the_same_digest(estate: Path, tmp_path: Path) -> None:
    project = project_of(estate, PLAYBOOK)
    (project.folder / "same.yml").symlink_to("site.yml")
    (project.folder / "__pycache__").mkdir()
    (project.folder / "__pycache__/x.pyc").write_bytes(b"x")

    copy = project.copied(tmp_path / "copy")

    assert copy.digest() == project.digest()
    assert copy.playbook.read_text() == project.playbook.read_text()


@pytest.mark.parametrize("target", ["/etc/hosts", "../../../estate.yaml"])
def test_a_link_that_leads_out_is_refused(estate: Path, target: str) -> None:
    project = project_of(estate, PLAYBOOK)
    (project.folder / "link").symlink_to(target)

    with pytest.raises(DeployError, match="E2078"):
        project.digest()


def test_the_keys_that_a_playbook_needs_are_found_in_its_files(estate: Path) -> None:
    project = project_of(estate, PLAYBOOK)
    key = Secret("correct-horse-battery-staple")
    (project.folder / "whole.yml").write_bytes(encrypt("a: b", key, "health"))
    inline = b"a: !vault |\n  " + encrypt("b", key, "housing").replace(b"\n", b"\n  ")
    (project.folder / "inline.yml").write_bytes(inline)

    assert project.vault_ids() == ("health", "housing")
    assert list(vault_ids(b"$ANSIBLE_VAULT;1.1;AES256\n6162\n")) == ["default"]


def test_a_missing_playbook_is_told_with_its_role(estate: Path) -> None:
    with pytest.raises(DeployError) as error:
        Playbooks(estate).part("playbooks/gone.yml", {}, role="web", position=Position(estate / "estate.yaml", 7, 3))

    assert str(error.value).startswith(f"{estate}/estate.yaml:7:3: E2070")
    assert '"web"' in error.value.message


def test_built_modules_are_kept_by_digest_and_given_up_when_unused(estate: Path) -> None:
    playbooks = Playbooks(estate, cache=estate / "cache")
    old, new = playbooks.built("c1"), playbooks.built("c2")
    assert old
    os.utime(old, (0, 0))

    again = playbooks.built("c2")

    assert (again, new and new.is_dir(), old.exists()) == (new, True, False)
    assert Playbooks(estate).built("c1") is None


def test_the_values_of_an_encrypted_file_are_hidden_one_by_one() -> None:
    assert leaves("a: long-secret\nb: [12345, yes, 1]\nc: {d: other secret}\n") == [
        "long-secret",
        "12345",
        "other secret",
    ]
    assert leaves("\tno: yaml: [") == []
