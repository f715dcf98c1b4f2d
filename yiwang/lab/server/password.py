"""Passwords as databases and services keep them, so that a server never sees one in clear."""

from __future__ import annotations

import stringprep
import unicodedata
from base64 import b64encode
from hashlib import pbkdf2_hmac, sha1, sha256
from hmac import digest
from secrets import token_bytes

from yiwang.core.vault.secret import Secret

SCRAM_ITERATIONS = 4096


def scram_verifier(password: Secret, *, salt: bytes = b"") -> str:
    """What PostgreSQL keeps in ``pg_authid.rolpassword`` (SCRAM-SHA-256, RFC 5803)."""
    salt = salt or token_bytes(16)
    salted = pbkdf2_hmac("sha256", normalised(password.reveal()).encode(), salt, SCRAM_ITERATIONS)
    stored = sha256(digest(salted, b"Client Key", "sha256")).digest()
    server = digest(salted, b"Server Key", "sha256")
    salt_text, stored_text, server_text = (b64encode(each).decode() for each in (salt, stored, server))
    return f"SCRAM-SHA-256${SCRAM_ITERATIONS}:{salt_text}${stored_text}:{server_text}"


def mysql_hash(password: Secret) -> str:
    """What MariaDB keeps for ``mysql_native_password``: SHA-1 of SHA-1, in hexadecimal, behind a star."""
    inner = sha1(password.reveal().encode(), usedforsecurity=False).digest()
    return f"*{sha1(inner, usedforsecurity=False).hexdigest().upper()}"


def rabbitmq_hash(password: Secret, *, salt: bytes = b"") -> str:
    """What RabbitMQ keeps: four bytes of salt and SHA-256 of salt and password, in base 64."""
    salt = salt or token_bytes(4)
    return b64encode(salt + sha256(salt + password.reveal().encode()).digest()).decode()


def normalised(password: str) -> str:
    """A password by SASLprep (RFC 4013) as PostgreSQL applies it: one that breaks its rules stays as it is."""
    mapped = "".join(map(_mapped, password))
    composed = unicodedata.normalize("NFKC", mapped)
    return password if not composed or _breaks_rules(composed) else composed


def _mapped(character: str) -> str:
    if stringprep.in_table_c12(character):
        return " "
    return "" if stringprep.in_table_b1(character) else character


_PROHIBITED = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
    stringprep.in_table_a1,
)


def _breaks_rules(text: str) -> bool:
    if any(is_in(each) for each in text for is_in in _PROHIBITED):
        return True
    if not any(map(stringprep.in_table_d1, text)):
        return False
    # Right-to-left text stands alone, and at both ends.
    ends = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
    return any(map(stringprep.in_table_d2, text)) or not ends
