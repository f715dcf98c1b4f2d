"""A vault in a folder of its own, with keys for the city and one county."""

from __future__ import annotations

from pathlib import Path

import pytest

from yiwang.core.vault.keys import Keys, new_key
from yiwang.core.vault.store import Vault

RULES = "prefixes:\n  counties/410621: 410621\n"


@pytest.fixture
def key_files(tmp_path: Path) -> dict[str, Path]:
    made = {id: tmp_path / "keys" / f"{id}.key" for id in ("city", "410621")}
    (tmp_path / "keys").mkdir()
    for file in made.values():
        new_key(file)
    return made


@pytest.fixture
def vault(tmp_path: Path, key_files: dict[str, Path]) -> Vault:
    folder = tmp_path / "estate" / "vault"
    folder.mkdir(parents=True)
    (folder / "ids.yaml").write_text(RULES)
    return Vault(folder, Keys(key_files, environ={}))
