"""The secrets that hosts of a lab answer to: the estate's own, and made ones where it has none at hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from yiwang.core.errors import NotFoundError, VaultError, code
from yiwang.core.i18n import N_
from yiwang.core.vault.keys import Keys, new_key
from yiwang.core.vault.reference import SecretReference
from yiwang.core.vault.rules import CITY
from yiwang.core.vault.secret import Secret
from yiwang.core.vault.store import Vault
from yiwang.lab.command import LabError

BAD_PRIVATE_KEY = code(
    "E6050",
    N_("{reference} holds no private key that can be used"),
    N_("keep one in OpenSSH or PEM form, without a pass phrase: yiwang vault set PATH < FILE"),
)
OPENSSH_MARK = "BEGIN OPENSSH PRIVATE KEY"


class Credentials:
    """Gives each secret of the estate, from its vault or from the lab's own."""

    def __init__(self, estate: Vault | None, folder: Path) -> None:
        self._estate = estate
        self._own = own_vault(folder)
        self._known: dict[str, Secret] = {}

    def secret(self, reference: str, make: Callable[[], str]) -> Secret:
        """The secret of a reference; one that the estate cannot give is made and kept in the lab's vault."""
        path = SecretReference.parse(reference).path
        if path not in self._known:
            self._known[path] = self._declared(path) or self._made(path, make)
        return self._known[path]

    def public_key(self, reference: str) -> str:
        """The public half of the private key of a reference; one that the estate cannot give is made.

        Raises:
            LabError: it is no private key that can be used (E6050).
        """
        private = self.secret(reference, made_private_key)
        try:
            return public_key(private.reveal())
        except ValueError:
            # What the library says may quote the key.
            raise LabError(BAD_PRIVATE_KEY, reference=reference) from None

    @property
    def made(self) -> tuple[str, ...]:
        """The paths of the secrets that the lab made."""
        return self._own.paths()

    def _declared(self, path: str) -> Secret | None:
        try:
            return self._estate.get(path) if self._estate else None
        except (NotFoundError, VaultError):
            return None

    def _made(self, path: str, make: Callable[[], str]) -> Secret:
        if path not in self._own.paths():
            self._own.set(path, Secret(make()))
        return self._own.open(path)


class LabVault(Vault):
    """The estate's vault as it is seen from a lab: what the lab made comes first."""

    def __init__(self, estate: Vault, folder: Path) -> None:
        super().__init__(estate.folder, estate.keys, estate.record)
        self._made = own_vault(folder)

    def get(self, path: str) -> Secret:
        """As :meth:`Vault.get`."""
        made = SecretReference.parse(path).path
        return self._made.open(made) if made in self._made.paths() else super().get(path)


def own_vault(folder: Path) -> Vault:
    """The lab's own vault in its folder of secrets, created on first use with a key of its own."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = folder / "vault.key"
    if not key.exists():
        new_key(key)
    return Vault(folder / "vault", Keys({CITY: key}, environ={}))


def made_private_key() -> str:
    """A new ed25519 key in OpenSSH's own form."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return (
        Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode("ascii")
    )


def public_key(private: str) -> str:
    """The public half of a private key in OpenSSH's own form or in PEM, as in ``authorized_keys``.

    Raises:
        ValueError: it is no private key that SSH knows, or has a pass phrase.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_pem_private_key,
        load_ssh_private_key,
    )

    load = load_ssh_private_key if OPENSSH_MARK in private else load_pem_private_key
    try:
        key = load(private.encode(), None).public_key()
        return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode("ascii")
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(str(error)) from error


def password_hash(password: Secret) -> str:
    """What stands in ``shadow`` for a password (SHA-512 crypt)."""
    from yiwang.lab.command import call

    return call("openssl", "passwd", "-6", "-stdin", input=f"{password.reveal()}\n").strip()
