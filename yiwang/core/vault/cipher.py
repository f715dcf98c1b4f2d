"""The ansible-vault format, written and read by ansible-core itself."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from yiwang.core.i18n import N_, Message
from yiwang.core.vault.secret import Secret

_HEADER = re.compile(rb"\$ANSIBLE_VAULT;(\d\.\d);(AES256)(?:;([^\r\n]*))?\r?\n")
UNNAMED = "default"


class CipherError(Exception):
    """The text cannot be opened; ``is_damaged`` tells damage from a wrong key."""

    def __init__(self, reason: Message, *, is_damaged: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_damaged = is_damaged


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of an encrypted file."""

    version: str
    id: str


@cache
def _library() -> Any:
    # Takes a third of a second, so only those pay who open a secret.
    from ansible.parsing import vault

    return vault


def read_header(content: bytes) -> Header | None:
    """The header of encrypted content; None when it is not ansible-vault text."""
    found = _HEADER.match(content)
    if not found:
        return None
    return Header(found[1].decode(), found[3].decode("utf-8", "replace").strip() if found[3] else UNNAMED)


def encrypt(text: str, key: Secret, id: str) -> bytes:
    """Encrypted content with the vault id in its header."""
    library = _library()
    secret = library.VaultSecret(key.reveal().encode())
    # Without a salt of ours an ansible.cfg could fix it, and one salt for all texts gives their differences away.
    sealed: bytes = library.VaultLib().encrypt(text.encode(), secret, vault_id=id, salt=os.urandom(32))
    return sealed


def decrypt(content: bytes, key: Secret) -> Secret:
    """The text of encrypted content.

    Raises:
        CipherError: the content is damaged, or the key is another.
    """
    library = _library()
    header = read_header(content)
    if header is None:
        raise CipherError(N_("no ansible-vault header"), is_damaged=True)
    # The one key is tried whatever id it goes by.
    lib = library.VaultLib([(header.id, library.VaultSecret(key.reveal().encode()))])
    try:
        return Secret(lib.decrypt(content).decode())
    except library.AnsibleVaultFormatError:
        raise CipherError(N_("not in the ansible-vault format"), is_damaged=True) from None
    except library.AnsibleError:
        raise CipherError(N_("the key does not open it"), is_damaged=False) from None
    except UnicodeDecodeError:
        raise CipherError(N_("not UTF-8 text"), is_damaged=True) from None
