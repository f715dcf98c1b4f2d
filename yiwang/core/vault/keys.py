"""The keys that open the vault: one for each vault id, from a file or from the person at the terminal."""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from yiwang.core.errors import UsageError, VaultError
from yiwang.core.i18n import N_
from yiwang.core.vault.faults import KEY_EXISTS, KEY_EXPOSED, KEY_UNREADABLE, KEY_WEAK, NO_KEY, NOT_WRITTEN
from yiwang.core.vault.secret import Secret

LEAST_KEY_LENGTH = 16
LONGEST_KEY_BYTES = 64 * 1024

Ask = Callable[[str], Secret | None]
"""Asks the person for the key of a vault id; None when nobody is there."""


def variable(id: str) -> str:
    """The environment variable that names the key file of a vault id."""
    return "YIWANG_VAULT_KEY_" + re.sub(r"[^A-Z0-9]", "_", id.upper())


class Keys:
    """Finds keys in this order: ``$YIWANG_VAULT_KEY_<ID>``, the setting ``vault.keys``, the person."""

    def __init__(
        self, files: Mapping[str, Path], *, environ: Mapping[str, str] = os.environ, ask: Ask | None = None
    ) -> None:
        self._files = files
        self._environ = environ
        self._ask = ask
        self._known: dict[str, Secret] = {}

    def has(self, id: str) -> bool:
        """Whether a file is named for the id; asks nobody."""
        return id in self._known or id in self._files or variable(id) in self._environ

    def key(self, id: str) -> Secret:
        """The key of a vault id, remembered for the life of this object.

        Raises:
            VaultError: no key is at hand (E0604), or its file is unreadable (E0605) or exposed (E0606).
        """
        if id not in self._known:
            self._known[id] = self._found(id)
        return self._known[id]

    def give(self, id: str, key: Secret) -> None:
        """Use this key for a vault id, before any other."""
        self._known[id] = key

    def _found(self, id: str) -> Secret:
        if file := self._environ.get(variable(id)) or self._files.get(id):
            return read_key(Path(file).expanduser(), id)
        key = self._ask(id) if self._ask else None
        if key is None or not key.reveal():
            raise VaultError(NO_KEY, id=id, variable=variable(id))
        return key


def read_key(file: Path, id: str) -> Secret:
    """The key in a file, as ``ansible-vault`` reads it: without the blanks around it.

    Raises:
        VaultError: the file is unreadable, empty or too large (E0605), or exposed (E0606).
    """
    try:
        with file.open("rb") as stream:
            # The mode of what was opened, not of what may have taken its name since.
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            content = stream.read(LONGEST_KEY_BYTES + 1)
        text = content.decode().strip()
    except OSError as error:
        raise VaultError(KEY_UNREADABLE, id=id, file=file, reason=error.strerror or str(error)) from error
    except UnicodeDecodeError:
        raise VaultError(KEY_UNREADABLE, id=id, file=file, reason=N_("not UTF-8 text")) from None
    if mode & 0o177:
        raise VaultError(KEY_EXPOSED, file=file, mode=f"{mode:04o}")
    if not text or len(content) > LONGEST_KEY_BYTES:
        raise VaultError(KEY_UNREADABLE, id=id, file=file, reason=N_("empty or far too large"))
    return Secret(text)


def require_strength(key: Secret, id: str) -> Secret:
    """The key itself; raises VaultError (E0607) when it is too short to encrypt with."""
    if len(key.reveal()) < LEAST_KEY_LENGTH:
        raise VaultError(KEY_WEAK, id=id, least=LEAST_KEY_LENGTH)
    return key


def new_key(file: Path) -> None:
    """Write a new random key of 256 bits to a file that only its owner can read.

    Raises:
        UsageError: the file exists (E0622).
        VaultError: it cannot be written (E0612).
    """
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_urlsafe(32) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
    except FileExistsError:
        raise UsageError(KEY_EXISTS, file=file) from None
    except OSError as error:
        raise VaultError(NOT_WRITTEN, file=file, reason=error.strerror or str(error)) from error
