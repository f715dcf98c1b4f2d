"""The key that signs package repositories, made once in a folder."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from yiwang.core.debian.confinement import confined
from yiwang.core.errors import DebianError, code
from yiwang.core.i18n import N_, _
from yiwang.core.once import Report, make_once, silent

CANNOT_SIGN = code(
    "E6107",
    N_("the package repository cannot be signed: {reason}"),
    N_("is gpg there (apt-get install gpg)? Removing {folder} makes a new key, which nobody knows yet"),
)

SECRET, PUBLIC = "repository.key", "repository.gpg"
# gpg wants a home and starts an agent there: a home in memory that nobody else sees, in namespaces that
# end with the call.  Files are named from the working folder, because others might lie below /mnt.
HOME = "set -e; mount -t tmpfs -o mode=700 yiwang /mnt; export GNUPGHOME=/mnt LC_ALL=C.UTF-8; umask 077; "
GENERATE = (
    "gpg --batch --quiet --passphrase '' --quick-generate-key \"$1\" ed25519 sign never; "
    f"gpg --batch --quiet --export-secret-keys >{SECRET}; gpg --batch --quiet --export >{PUBLIC}"
)
IMPORT = "gpg --batch --quiet --import; gpg --batch --quiet --yes "


def signing_key(folder: Path, *, owner: str, report: Report = silent) -> Path:
    """The folder of the key below another; its public half is the keyring :data:`PUBLIC` there.

    A new key bears the name of its ``owner``.

    Raises:
        DebianError: it cannot be made (E6107).
    """
    place = folder.absolute() / "signing" / "key"

    def make(partial: Path, lock: int) -> None:
        report(_("making the key that signs packages"))
        _gpg((GENERATE, owner), partial, key=place, lock=lock)

    make_once(place, make, report=report)
    return place


def sign(release: Path, key: Path, *, lock: int) -> None:
    """Sign a ``Release`` file: beside it appears ``InRelease``.

    Raises:
        DebianError: it cannot be signed (E6107).
    """
    _sign(("--clearsign --output InRelease Release",), release.with_name("InRelease"), key, lock=lock)


def sign_apart(file: Path, key: Path, *, lock: int) -> Path:
    """Sign any file; the signature lies in the file beside it that is returned, its name with ``.sig``.

    Raises:
        DebianError: it cannot be signed (E6107).
    """
    beside = file.with_name(f"{file.name}.sig")
    _sign(('--detach-sign --output "$1.sig" "$1"', file.name), beside, key, lock=lock)
    return beside


def _sign(words: Sequence[str], made: Path, key: Path, *, lock: int) -> None:
    script = (IMPORT + words[0], *words[1:])
    _gpg(script, made.parent, key=key, lock=lock, given=(key / SECRET).read_bytes())
    made.chmod(0o644)


def _gpg(script: Sequence[str], folder: Path, *, key: Path, lock: int, given: bytes = b"") -> None:
    command = [*confined(), "sh", "-c", HOME + script[0], "sh", *script[1:]]
    done = subprocess.run(command, input=given, capture_output=True, cwd=folder, pass_fds=(lock,), check=False)
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip() or done.returncode
        raise DebianError(CANNOT_SIGN, reason=reason, folder=key)
