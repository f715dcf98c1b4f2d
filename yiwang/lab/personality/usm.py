"""Keys of SNMPv3's user-based security, so that no device keeps a pass phrase (RFC 3414 A.2, RFC 7860)."""

from __future__ import annotations

import hashlib

from yiwang.core.vault.secret import Secret

EXPANDED_BYTES = 1_048_576
AES_128_BYTES = 16
_FORMAT = bytes.fromhex("80001f8805")
"""net-snmp's enterprise number and "octets follow" (RFC 3411, SnmpEngineID)."""


def engine_id(name: str) -> bytes:
    """The engine id of a device: always the same, and another for each name."""
    return _FORMAT + hashlib.sha256(name.encode()).digest()[:12]


def localized_key(pass_phrase: Secret, engine: bytes) -> bytes:
    """The SHA-256 key of a pass phrase on one engine; of no use on any other.

    Raises ValueError for an empty pass phrase.
    """
    text = pass_phrase.reveal().encode()
    if not text:
        raise ValueError("an empty pass phrase")
    expanded = (text * (EXPANDED_BYTES // len(text) + 1))[:EXPANDED_BYTES]
    key = hashlib.sha256(expanded).digest()
    return hashlib.sha256(key + engine + key).digest()


def create_user(user: str, *, auth: Secret, privacy: Secret | None, engine: bytes) -> str:
    """The line that makes net-snmp know a user: SHA-256, and AES-128 where there is a privacy pass phrase."""
    line = f"createUser {user} SHA-256 -l 0x{localized_key(auth, engine).hex()}"
    if privacy:
        line += f" AES -l 0x{localized_key(privacy, engine)[:AES_128_BYTES].hex()}"
    return f"{line}\n"
