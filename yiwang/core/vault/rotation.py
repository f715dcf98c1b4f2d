"""Changing the key of a vault id: every secret is re-encrypted, one file at a time.

Each file is replaced whole, so at any moment every secret opens with the old key or the new
one, and running the rotation again goes on where it ended.
"""

from __future__ import annotations

from dataclasses import dataclass

from yiwang.core.errors import VaultError
from yiwang.core.vault import cipher, files
from yiwang.core.vault.faults import SAME_KEY
from yiwang.core.vault.keys import require_strength
from yiwang.core.vault.secret import Secret
from yiwang.core.vault.store import Vault


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did: secrets re-encrypted now, and those that had the new key already."""

    id: str
    changed: tuple[str, ...]
    already: tuple[str, ...]


def rotate(vault: Vault, id: str, new: Secret) -> Rotation:
    """Re-encrypt every secret that the rules give to a vault id with its new key.

    A secret that was encrypted for another id, before the rules changed, is taken over as well.
    Nothing is written unless every secret can be opened.

    Raises:
        VaultError: the new key is weak (E0607) or the one in use (E0613), or a secret cannot be opened
            (E0604–E0609).
    """
    require_strength(new, id)
    with files.locked(vault.folder):
        rules = vault.rules
        mine = [path for path in vault.paths() if rules.id_of(path) == id]
        pending = {path: content for path in mine if (content := _sealed_anew(vault, path, id, new))}
        if not pending and vault.keys.has(id) and vault.keys.key(id) == new:
            raise VaultError(SAME_KEY, id=id)
        vault.record("rotate", id, secrets=len(pending))
        for path, content in pending.items():
            files.write_whole(vault.file(path), content)
    return Rotation(id, tuple(pending), tuple(path for path in mine if path not in pending))


def _sealed_anew(vault: Vault, path: str, id: str, new: Secret) -> bytes | None:
    """The secret encrypted with the new key, or None when it has the id and that key already."""
    content = vault.content(path)
    header = cipher.read_header(content)
    encrypted_for = header.id if header else id
    if encrypted_for == id:
        try:
            cipher.decrypt(content, new)
        except cipher.CipherError:
            pass
        else:
            return None
    secret = vault.decrypted(path, content, vault.keys.key(encrypted_for), encrypted_for)
    return cipher.encrypt(secret.reveal(), new, id)
