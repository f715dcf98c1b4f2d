"""The package: a tar file of a manifest that everybody may read, its signature, and the sealed accounts.

``manifest.json`` is canonical JSON, ``manifest.sig`` the Ed25519 signature of its bytes in base64; the accounts lie in
``accounts.age`` (age-encryption.org/v1) or, where the authority has no key, in ``accounts.vault`` (ansible-vault 1.2).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, ValidationError

from yiwang.core.canonical import canonical
from yiwang.core.validation import Date, Declared
from yiwang.core.vault.secret import Secret
from yiwang.network.handover import signing
from yiwang.network.handover.faults import BAD_KEY, FORGED, NO_PACKAGE, OTHER_SIGNER, HandoverError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
MOST_BYTES = 64 << 20
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Handed(Declared):
    """One device of a package; ``proven`` is the time of its proof (ISO 8601), ``fingerprint`` that of its accounts.

    The fingerprint is an HMAC-SHA256 of the device's entry under the key that is sealed with the accounts.
    """

    name: str
    platform: str
    region: str
    address: str
    proven: str
    fingerprint: Digest


class Manifest(Declared):
    """What a package holds, of whom, for whom and until when."""

    format: Literal["yiwang-handover-1"] = "yiwang-handover-1"
    estate: str
    title: str
    region: str
    authority: str
    contact: str
    run: str
    sealed: str
    expires: Date
    signer: str
    accounts: Literal["accounts.age", "accounts.vault"]
    accounts_sha256: Digest
    devices: tuple[Handed, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """A package that was read: its manifest, the SHA-256 of the manifest's bytes, and the sealed accounts."""

    manifest: Manifest
    digest: str
    accounts: bytes


def sealed_for(public_key: str, accounts: Secret) -> bytes:
    """The accounts encrypted with age to a public key.

    Raises:
        HandoverError: it is none (E3433).
    """
    import pyrage

    try:
        recipient = pyrage.x25519.Recipient.from_str(public_key)
    except pyrage.RecipientError:
        raise HandoverError(BAD_KEY, given=public_key, wanted="age1…") from None
    sealed: bytes = pyrage.encrypt(accounts.reveal().encode(), [recipient])
    return sealed


def packed(manifest: Manifest, accounts: bytes, key: Ed25519PrivateKey) -> tuple[bytes, str]:
    """The package's bytes and its digest; the same every time for the same contents."""
    text = canonical(manifest.model_dump(mode="json")).encode()
    files = {
        MANIFEST: text,
        SIGNATURE: base64.b64encode(key.sign(text)) + b"\n",
        manifest.accounts: accounts,
    }
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files.items():
            about = tarfile.TarInfo(name)
            about.size, about.mode = len(content), 0o600
            tar.addfile(about, io.BytesIO(content))
    return target.getvalue(), hashlib.sha256(text).hexdigest()


def read_package(file: Path, signer: str = "") -> Package:
    """A package whose signature and hashes fit; ``signer`` is the public key that it must be signed with.

    Raises:
        HandoverError: it is no package (E3430), was changed (E3431), is of another signer (E3432), or the key given
            is none (E3433).
    """
    if signer:
        signing.public_key(signer)
    files = _files(file)
    text = files.get(MANIFEST, b"")
    manifest = _manifest(file, text)
    if signer and manifest.signer != signer:
        raise HandoverError(OTHER_SIGNER, file=file, shown=manifest.signer, expected=signer)
    if not signing.fits(_signature(files.get(SIGNATURE, b"")), text, manifest.signer):
        raise HandoverError(FORGED, file=file, what=MANIFEST)
    accounts = files.get(manifest.accounts, b"")
    if hashlib.sha256(accounts).hexdigest() != manifest.accounts_sha256:
        raise HandoverError(FORGED, file=file, what=manifest.accounts)
    return Package(manifest, hashlib.sha256(text).hexdigest(), accounts)


def _files(file: Path) -> dict[str, bytes]:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise HandoverError(NO_PACKAGE, file=file, reason=f"> {MOST_BYTES >> 20} MiB")
        with tarfile.open(file, mode="r:") as tar:
            opened = [(each.name, tar.extractfile(each)) for each in tar.getmembers() if each.isfile()]
            return {name: content.read() for name, content in opened if content}
    except (OSError, tarfile.TarError, EOFError, ValueError) as error:
        raise HandoverError(NO_PACKAGE, file=file, reason=getattr(error, "strerror", None) or str(error)) from None


def _manifest(file: Path, text: bytes) -> Manifest:
    try:
        return Manifest.model_validate(json.loads(text))
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise HandoverError(NO_PACKAGE, file=file, reason=f"{MANIFEST}: {place}: {first['msg']}") from None
    except (ValueError, RecursionError):
        raise HandoverError(NO_PACKAGE, file=file, reason=MANIFEST) from None


def _signature(text: bytes) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""
