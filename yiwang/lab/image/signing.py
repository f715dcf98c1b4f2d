"""The key that signs the package repository, made once for a lab folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

from yiwang.core.errors import code
from yiwang.core.i18n import N_, _
from yiwang.lab.command import LabError
from yiwang.lab.image.confinement import CONFINED
from yiwang.lab.once import Report, make_once, silent

CANNOT_SIGN = code(
    "E6107",
    N_("the package repository cannot be signed: {reason}"),
    N_("is gpg there (apt-get install gpg)? Removing {folder} makes a new key, which only new labs know"),
)

SECRET, PUBLIC = "repository.key", "repository.gpg"
OWNER = "Yiwang rehearsal lab"
# gpg wants a home and starts an agent there: a home in memory that nobody else sees, in namespaces that
# end with the call.  Files are named from the working folder, because others might lie below /mnt.
HOME = "set -e; mount -t tmpfs -o mode=700 yiwang-lab /mnt; export GNUPGHOME=/mnt LC_ALL=C.UTF-8; umask 077; "
GENERATE = (
    f"gpg --batch --quiet --passphrase '' --quick-generate-key '{OWNER}' ed25519 sign never; "
    f"gpg --batch --quiet --export-secret-keys >{SECRET}; gpg --batch --quiet --export >{PUBLIC}"
)
SIGN = "gpg --batch --quiet --import; gpg --batch --quiet --yes --clearsign --output InRelease Release"


def signing_key(folder: Path, *, report: Report = silent) -> Path:
    """The folder of the key; its public half is the keyring :data:`PUBLIC` there.

    Raises:
        LabError: it cannot be made (E6107).
    """
    place = folder.absolute() / "signing" / "key"

    def make(partial: Path, lock: int) -> None:
        report(_("making the key of the package repository"))
        _gpg(GENERATE, partial, key=place, lock=lock)

    make_once(place, make, report=report)
    return place


def sign(release: Path, key: Path, *, lock: int) -> None:
    """Sign a ``Release`` file: beside it appears ``InRelease``.

    Raises:
        LabError: it cannot be signed (E6107).
    """
    _gpg(SIGN, release.parent, key=key, lock=lock, given=(key / SECRET).read_bytes())
    release.with_name("InRelease").chmod(0o644)


def _gpg(script: str, folder: Path, *, key: Path, lock: int, given: bytes = b"") -> None:
    command = [*CONFINED, "sh", "-c", HOME + script]
    done = subprocess.run(command, input=given, capture_output=True, cwd=folder, pass_fds=(lock,), check=False)
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip() or done.returncode
        raise LabError(CANNOT_SIGN, reason=reason, folder=key)
