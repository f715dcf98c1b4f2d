"""What a device is asked with: a community (version 2c), or a user with pass phrases (version 3)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import new
from typing import Literal

from yiwang.core.vault.secret import Secret

AuthProtocol = Literal["sha1", "sha256", "sha384", "sha512"]
PrivacyProtocol = Literal["aes128", "aes192", "aes256"]
EXPANDED_BYTES = 1_048_576


@dataclass(frozen=True, slots=True, eq=False)
class Community:
    """A community of version 2c, which travels in clear text."""

    secret: Secret


@dataclass(frozen=True, slots=True, eq=False)
class User:
    """A user of version 3 (RFC 3414); without privacy nothing is encrypted."""

    name: str
    auth: Secret
    privacy: Secret | None = None
    auth_protocol: AuthProtocol = "sha256"
    privacy_protocol: PrivacyProtocol = "aes128"


# Identity, not content, tells credentials apart: one object for each, opened once.
Credential = Community | User


def master_key(protocol: AuthProtocol, pass_phrase: Secret) -> bytes:
    """The key of a pass phrase before it is localized (RFC 3414 A.2, RFC 7860 9.3); costs a hash of 1 MiB.

    Raises ValueError for an empty pass phrase.
    """
    text = pass_phrase.reveal().encode()
    if not text:
        raise ValueError("an empty pass phrase")
    expanded = (text * (EXPANDED_BYTES // len(text) + 1))[:EXPANDED_BYTES]
    return new(protocol, expanded).digest()
