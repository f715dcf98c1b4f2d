"""What PostgreSQL keeps of a password (SCRAM-SHA-256, RFC 5802 and 7677), so that no server ever sees one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata

from yiwang.core.vault.secret import Secret

ITERATIONS = 4096
SALT_BYTES = 16


def verifier(role: str, password: Secret) -> str:
    """The verifier of a role's password; the same password always gives the same one.

    The salt follows from role and password, so that a check can tell whether the server has this password
    without being told it.
    """
    text = unicodedata.normalize("NFKC", password.reveal()).encode()
    salt = hashlib.blake2b(role.encode(), key=hashlib.sha256(text).digest(), digest_size=SALT_BYTES).digest()
    salted = hashlib.pbkdf2_hmac("sha256", text, salt, ITERATIONS)
    stored = hashlib.sha256(_keyed(salted, b"Client Key")).digest()
    parts = (base64.b64encode(each).decode() for each in (salt, stored, _keyed(salted, b"Server Key")))
    return "SCRAM-SHA-256${}:{}${}:{}".format(ITERATIONS, *parts)


def _keyed(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")
