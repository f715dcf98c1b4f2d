"""Copies of the kernel settings that are not a host's own, for ``yiwang-sysctl.service`` in the image."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

REAL = Path("/proc/sys")


def write_copies(archive: Path) -> None:
    """Write what this kernel has set, apart from ``net``, as a tar archive."""
    with tarfile.open(archive, "w") as copies:
        for place, folders, files in os.walk(REAL):
            at = Path(place)
            _add(copies, at, tarfile.DIRTYPE, 0o755)
            for name in sorted(files):
                _add(copies, at / name, tarfile.REGTYPE, (at / name).stat().st_mode & 0o777, _content(at / name))
            for name in [each for each in folders if _is_apart(at / each)]:
                folders.remove(name)
                _add(copies, at / name, tarfile.DIRTYPE, 0o755)
    archive.chmod(0o644)


def _is_apart(folder: Path) -> bool:
    # Below a mount point lies another file system, such as binfmt_misc.
    return folder == REAL / "net" or folder.is_mount()


def _add(copies: tarfile.TarFile, place: Path, kind: bytes, mode: int, content: bytes = b"") -> None:
    entry = tarfile.TarInfo(str(place.relative_to(REAL)))
    entry.type, entry.mode, entry.size = kind, mode, len(content)
    copies.addfile(entry, io.BytesIO(content))


def _content(place: Path) -> bytes:
    try:
        return place.read_bytes()
    except OSError:
        # Some can only be written, some have nothing to say on this machine.
        return b""
