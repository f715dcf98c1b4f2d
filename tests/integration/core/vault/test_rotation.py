"""Changing a key, and being killed while at it."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from yiwang.core.errors import VaultError
from yiwang.core.vault import cipher
from yiwang.core.vault.keys import new_key, read_key
from yiwang.core.vault.rotation import rotate
from yiwang.core.vault.secret import Secret
from yiwang.core.vault.store import Vault
from yiwang.core.writing import UNFINISHED

COUNT = 40
ROTATE = """
import sys
from pathlib import Path
from yiwang.core.vault.keys import Keys, read_key
from yiwang.core.vault.rotation import rotate
from yiwang.core.vault.store import Vault

folder, old, new = map(Path, sys.argv[1:])
vault = Vault(folder, Keys({"city": old}, environ={}))
print("began", flush=True)
rotate(vault, "city", read_key(new, "city"))
"""


@pytest.fixture
def new_file(tmp_path: Path) -> Path:
    new_key(tmp_path / "new.key")
    return tmp_path / "new.key"


def opened_with(vault: Vault, id: str, file: Path) -> list[str]:
    """The paths that a key opens."""
    key = read_key(file, id)
    found = []
    for path in vault.paths():
        try:
            assert cipher.decrypt(vault.content(path), key).reveal() == f"secret of {path}"
        except cipher.CipherError:
            continue
        found.append(path)
    return found


def fill(vault: Vault, *paths: str) -> None:
    for path in paths:
        vault.set(path, Secret(f"secret of {path}"))


def test_after_a_rotation_only_the_new_key_opens_the_ids_secrets(
    vault: Vault, key_files: dict[str, Path], new_file: Path
) -> None:
    fill(vault, "a", "b/c", "counties/410621/x")

    done = rotate(vault, "city", read_key(new_file, "city"))

    assert (done.changed, done.already) == (("a", "b/c"), ())
    assert opened_with(vault, "city", new_file) == ["a", "b/c"]
    assert opened_with(vault, "city", key_files["city"]) == []
    assert opened_with(vault, "410621", key_files["410621"]) == ["counties/410621/x"]


def test_a_second_rotation_to_the_same_key_changes_nothing(vault: Vault, new_file: Path) -> None:
    fill(vault, "a")
    rotate(vault, "city", read_key(new_file, "city"))
    before = vault.content("a")

    done = rotate(vault, "city", read_key(new_file, "city"))

    assert (done.changed, done.already) == ((), ("a",))
    assert vault.content("a") == before


def test_the_key_in_use_is_refused_as_the_new_one(vault: Vault, key_files: dict[str, Path]) -> None:
    fill(vault, "a")

    with pytest.raises(VaultError) as refused:
        rotate(vault, "city", read_key(key_files["city"], "city"))

    assert refused.value.error.id == "E0613"


def test_a_weak_new_key_is_refused(vault: Vault) -> None:
    with pytest.raises(VaultError) as refused:
        rotate(vault, "city", Secret("too-short"))

    assert refused.value.error.id == "E0607"


def test_nothing_is_changed_when_one_secret_does_not_open(vault: Vault, new_file: Path) -> None:
    fill(vault, "a", "b")
    vault.file("b").write_bytes(cipher.encrypt("x", Secret("of somebody else" * 2), "city"))
    before = vault.content("a")

    with pytest.raises(VaultError) as refused:
        rotate(vault, "city", read_key(new_file, "city"))

    assert refused.value.error.id == "E0608"
    assert vault.content("a") == before


def test_after_the_rules_changed_a_rotation_takes_the_secrets_over(vault: Vault, key_files: dict[str, Path]) -> None:
    fill(vault, "counties/410622/x")
    (vault.folder / "ids.yaml").write_text("prefixes: {counties/410622: 410621}\n")

    done = rotate(vault, "410621", read_key(key_files["410621"], "410621"))

    assert done.changed == ("counties/410622/x",)
    assert vault.get("counties/410622/x").reveal() == "secret of counties/410622/x"
    assert vault.entry("counties/410622/x").id == "410621"


def test_killed_at_any_moment_every_secret_opens_and_running_again_completes_it(
    vault: Vault, key_files: dict[str, Path], new_file: Path
) -> None:
    paths = [f"devices/d{number:03}" for number in range(COUNT)]
    fill(vault, *paths)
    chance = random.Random(410600)
    interrupted_halfway = 0

    for _attempt in range(8):
        before = {path: vault.content(path) for path in paths}
        aim = chance.randint(0, 8)
        command = [sys.executable, "-c", ROTATE, vault.folder, key_files["city"], new_file]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            # Killed when about so many files have been replaced, wherever it then is.
            while process.poll() is None and sum(vault.content(path) != before[path] for path in paths) < aim:
                pass
            process.kill()
        old, new = opened_with(vault, "city", key_files["city"]), opened_with(vault, "city", new_file)
        assert sorted(old + new) == paths
        interrupted_halfway += bool(old and new)

    rotate(vault, "city", read_key(new_file, "city"))
    assert opened_with(vault, "city", new_file) == paths
    assert interrupted_halfway > 0
    assert not list(vault.folder.rglob(f"{UNFINISHED}*"))
