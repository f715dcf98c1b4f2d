"""The Ed25519 key (RFC 8032) with which an estate signs packages; its private half lies in the vault."""

from __future__ import annotations

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from yiwang.core.errors import NotFoundError
from yiwang.core.vault.secret import Secret
from yiwang.core.vault.store import Vault
from yiwang.network.handover.faults import BAD_KEY, HandoverError

KEY = "network/handover-key"
PREFIX = "ed25519:"


def signing_key(vault: Vault) -> Ed25519PrivateKey:
    """The estate's key; made and put into the vault when there is none.

    Raises:
        VaultError: the vault cannot be used.
    """
    try:
        vault.content(KEY)
    except NotFoundError:
        made = Ed25519PrivateKey.generate()
        vault.set(KEY, Secret(base64.b64encode(made.private_bytes_raw()).decode()))
        return made
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(vault.get(KEY).reveal()))


def public_text(key: Ed25519PrivateKey) -> str:
    """The public half as people copy it: ``ed25519:`` and base64."""
    return PREFIX + base64.b64encode(key.public_key().public_bytes_raw()).decode()


def public_key(text: str) -> Ed25519PublicKey:
    """A public key from its text.

    Raises:
        HandoverError: it is none (E3433).
    """
    encoded = text.removeprefix(PREFIX) if text.startswith(PREFIX) else ""
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(encoded, validate=True))
    except ValueError:
        raise HandoverError(BAD_KEY, given=text[:80], wanted=f"{PREFIX}…=") from None


def fits(signature: bytes, content: bytes, signer: str) -> bool:
    """Whether a signature of the content was made with the private half of ``signer``; errors as :func:`public_key`."""
    try:
        public_key(signer).verify(signature, content)
    except InvalidSignature:
        return False
    return True
