"""The public keys that bundles are signed by: their forms, their fingerprints, and what they have signed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from yiwang.deploy.bundle.faults import NO_PROGRAM, NOT_A_KEY, BundleError

BEGIN, END = "-----BEGIN PGP PUBLIC KEY BLOCK-----", "-----END PGP PUBLIC KEY BLOCK-----"
LINE = 64
CRC_START, CRC_POLYNOMIAL = 0xB704CE, 0x1864CFB


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An OpenPGP public key in its binary form."""

    content: bytes = field(repr=False)
    fingerprint: str

    @property
    def text(self) -> str:
        """The key in its text form (RFC 4880, 6.2)."""
        body = base64.b64encode(self.content).decode()
        lines = [body[at : at + LINE] for at in range(0, len(body), LINE)]
        check = base64.b64encode(_crc24(self.content).to_bytes(3, "big")).decode()
        return "\n".join((BEGIN, "", *lines, f"={check}", END, ""))


def public_key(content: bytes, *, origin: str) -> PublicKey:
    """A public key from either of its forms; ``origin`` is where it was found.

    Raises:
        BundleError: it is none (E2197).
    """
    try:
        binary = _unwrapped(content) if BEGIN.encode() in content else content
        return PublicKey(binary, _fingerprint(binary))
    except (ValueError, IndexError, binascii.Error):
        raise BundleError(NOT_A_KEY, origin=origin) from None


def _unwrapped(content: bytes) -> bytes:
    text = content.decode("ascii").replace("\r\n", "\n")
    inside = text.partition(BEGIN)[2].partition(END)[0]
    # Headers such as "Comment:" end at the first empty line, the checksum begins with "=".
    _headers, _empty, body = inside.partition("\n\n")
    lines = [line.strip() for line in body.splitlines()]
    return base64.b64decode("".join(line for line in lines if not line.startswith("=")), validate=True)


def _fingerprint(binary: bytes) -> str:
    """Of the primary key, which comes first (RFC 4880, 4.2 and 12.2)."""
    tag, length = binary[0], binary[1]
    if tag == 0x98:
        body = binary[2 : 2 + length]
    elif tag == 0x99:
        length = int.from_bytes(binary[1:3], "big")
        body = binary[3 : 3 + length]
    elif tag == 0xC6 and length < 192:
        body = binary[2 : 2 + length]
    else:
        raise ValueError("not a public key")
    if len(body) != length or body[0] != 4:
        raise ValueError("not a key of version 4")
    return hashlib.sha1(b"\x99" + length.to_bytes(2, "big") + body).hexdigest().upper()  # noqa: S324 - the format's own


def _crc24(content: bytes) -> int:
    value = CRC_START
    for byte in content:
        value ^= byte << 16
        for _bit in range(8):
            value <<= 1
            if value & 0x1000000:
                value ^= CRC_POLYNOMIAL
    return value


def refusal(signed: bytes, signature: bytes, key: PublicKey) -> str:
    """Why a signature is not the key's over these bytes; empty when it is.

    Raises:
        BundleError: gpgv is missing (E2190).
    """
    with tempfile.TemporaryDirectory(prefix="yiwang-") as name:
        folder = Path(name)
        for file, content in (("key.gpg", key.content), ("signed", signed), ("signature", signature)):
            (folder / file).write_bytes(content)
        words = ["gpgv", "--homedir", name, "--status-fd", "1", "--keyring", f"{name}/key.gpg"]
        try:
            done = subprocess.run(
                [*words, f"{name}/signature", f"{name}/signed"], capture_output=True, text=True, check=False
            )
        except FileNotFoundError:
            raise BundleError(NO_PROGRAM, program="gpgv", package="gpgv") from None
    found = re.search(r"^\[GNUPG:\] VALIDSIG .*\b([0-9A-F]{40})$", done.stdout, re.MULTILINE)
    if done.returncode == 0 and found and found[1] == key.fingerprint:
        return ""
    said = [line.removeprefix("gpgv: ") for line in done.stderr.splitlines() if line.strip()]
    return said[-1] if said else str(done.returncode)
