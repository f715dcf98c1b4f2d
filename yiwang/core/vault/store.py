"""The vault: secrets by path, each encrypted for the vault id that the rules give its path."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from yiwang.core.errors import NotFoundError, VaultError, suggestion
from yiwang.core.vault import cipher, files
from yiwang.core.vault.faults import DAMAGED, NO_SECRET, UNUSABLE, WRONG_ID, WRONG_KEY
from yiwang.core.vault.keys import Keys, require_strength
from yiwang.core.vault.reference import SecretReference
from yiwang.core.vault.rules import FILE_NAME, Rules, read_rules
from yiwang.core.vault.secret import Secret

LONGEST_SECRET = 1024 * 1024


class Record(Protocol):
    """Notes in the journal what is about to be done with a secret; never sees the secret."""

    def __call__(self, action: str, path: str, **detail: Any) -> None:
        """Note ``vault.<action>`` on the secret at ``path``."""


def unrecorded(action: str, path: str, **detail: Any) -> None:
    """A record that keeps nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a secret without its key; ``changed`` is the file's time in UTC, ``id`` None if unreadable."""

    path: str
    id: str | None
    file: Path
    changed: datetime

    @property
    def reference(self) -> str:
        """What the estate writes."""
        return str(SecretReference(self.path))


class Vault:
    """A folder of encrypted files.  Every act is recorded before it is done."""

    def __init__(self, folder: Path, keys: Keys, record: Record = unrecorded) -> None:
        self.folder = folder
        self.keys = keys
        self.record = record

    @property
    def rules(self) -> Rules:
        """The rules as they stand in the file now."""
        return read_rules(self.folder)

    def paths(self) -> tuple[str, ...]:
        """The paths of all secrets, sorted."""
        return tuple(files.paths(self.folder))

    def file(self, path: str) -> Path:
        """The file of a secret."""
        return files.file_of(self.folder, SecretReference.parse(path).path)

    def entry(self, path: str) -> Entry:
        """What is known of one secret without its key.

        Raises:
            NotFoundError: there is none (E0603).
        """
        content, file = self.content(path), self.file(path)
        header = cipher.read_header(content)
        changed = datetime.fromtimestamp(file.stat().st_mtime, UTC).replace(microsecond=0)
        return Entry(SecretReference.parse(path).path, header.id if header else None, file, changed)

    def entries(self) -> tuple[Entry, ...]:
        """What is known of all secrets without their keys."""
        return tuple(self.entry(path) for path in self.paths())

    def get(self, path: str) -> Secret:
        """The secret at a path (or reference).

        Raises:
            NotFoundError: there is none (E0603).
            VaultError: no key (E0604–E0606), the wrong key (E0608), damage (E0609) or a foreign id (E0610).
        """
        path = SecretReference.parse(path).path
        self.content(path)
        self.record("get", path)
        return self.open(path)

    def open(self, path: str) -> Secret:
        """As :meth:`get`, unrecorded: for checks that show nothing."""
        content, wanted = self.content(path), self.rules.id_of(path)
        header = cipher.read_header(content)
        if header and header.id != wanted:
            rules = self.folder / FILE_NAME
            raise VaultError(WRONG_ID, path=path, found=header.id, wanted=wanted, rules=rules)
        return self.decrypted(path, content, self.keys.key(wanted), wanted)

    def decrypted(self, path: str, content: bytes, key: Secret, id: str) -> Secret:
        """A file's content opened with a key; errors as :meth:`get`."""
        try:
            return cipher.decrypt(content, key)
        except cipher.CipherError as error:
            if error.is_damaged:
                raise VaultError(DAMAGED, path=path, file=self.file(path), reason=error.reason) from None
            raise VaultError(WRONG_KEY, path=path, id=id) from None

    def set(self, path: str, secret: Secret) -> Entry:
        """Put a secret in its place, new or anew.

        Raises:
            UsageError: the path is malformed (E0602).
            VaultError: the secret is empty, far too long or ansible-vault text (E0618), no key (E0604–E0607),
                or the file cannot be written (E0612).
        """
        path = SecretReference.parse(path).path
        if not _is_usable(secret.reveal()):
            raise VaultError(UNUSABLE, most=LONGEST_SECRET)
        id = self.rules.id_of(path)
        content = cipher.encrypt(secret.reveal(), require_strength(self.keys.key(id), id), id)
        with files.locked(self.folder):
            self.record("set", path, id=id)
            files.write_whole(self.file(path), content)
        return self.entry(path)

    def content(self, path: str) -> bytes:
        """The encrypted content of a secret's file; raises NotFoundError (E0603) or VaultError (E0609)."""
        file = self.file(path)
        try:
            return file.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            near = suggestion(path, self.paths())
            raise NotFoundError(NO_SECRET, path=path, suggestion=near) from None
        except OSError as error:
            raise VaultError(DAMAGED, path=path, file=file, reason=error.strerror or str(error)) from error


def _is_usable(text: str) -> bool:
    is_unicode = not any("\ud800" <= letter <= "\udfff" for letter in text)
    return 0 < len(text) <= LONGEST_SECRET and is_unicode and not text.startswith("$ANSIBLE_VAULT")
