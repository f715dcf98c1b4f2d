"""The archive: written whole, opened without unpacking, verified to the last byte."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from yiwang.core.errors import UsageError
from yiwang.core.i18n import N_
from yiwang.core.writing import CANNOT_WRITE
from yiwang.deploy.bundle.faults import ALTERED, NOT_A_BUNDLE, NOT_SIGNED, BundleError
from yiwang.deploy.bundle.trusted import PublicKey, refusal

FORMAT = 1
ABOUT, SUMS, SIGNATURE = "bundle.json", "SHA256SUMS", "SHA256SUMS.sig"
HEAD = (ABOUT, SUMS, SIGNATURE)
CHUNK = 1 << 20
LARGEST_HEAD = 64 << 20
UNFINISHED = ".unfinished-"
# sha256sum writes other names with a backslash in front.
SUM = re.compile(r"([0-9a-f]{64})  ((?![./])[^\\\n]+)")


@dataclass(frozen=True, slots=True)
class About:
    """What a bundle is for; ``components`` are the packages that each of them asks for."""

    made: str
    yiwang: str
    suite: str
    architecture: str
    python: str
    estate: str
    selector: str
    components: Mapping[str, tuple[str, ...]]
    format: int = FORMAT

    def plain(self) -> bytes:
        """As the file :data:`ABOUT` holds it."""
        return (json.dumps(asdict(self), ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


@dataclass(frozen=True)
class Bundle:
    """A bundle's archive: the place of each file in it, by its path."""

    file: Path
    places: Mapping[str, tuple[int, int]] = field(repr=False)
    """Path → where its bytes begin, and how many there are."""

    @cached_property
    def about(self) -> About:
        """What it is for.

        Raises:
            BundleError: nobody can tell (E2194).
        """
        try:
            said: dict[str, Any] = json.loads(self.read(ABOUT))
            if said.get("format") != FORMAT:
                raise BundleError(NOT_A_BUNDLE, file=self.file, reason=N_("it is of another version of Yiwang"))
            components = {name: tuple(packages) for name, packages in said.pop("components").items()}
            return About(**said, components=components)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise BundleError(NOT_A_BUNDLE, file=self.file, reason=N_("it does not say what it is")) from None

    @cached_property
    def sums(self) -> Mapping[str, str]:
        """The SHA-256 of every file but the list itself and its signature, by path.

        Raises:
            BundleError: the list cannot be read (E2194).
        """
        found = {}
        for line in self.read(SUMS).decode("utf-8", "replace").splitlines():
            match = SUM.fullmatch(line)
            if match is None or ".." in match[2].split("/"):
                raise BundleError(NOT_A_BUNDLE, file=self.file, reason=N_("its list of files cannot be read"))
            found[match[2]] = match[1]
        return found

    @property
    def digest(self) -> str:
        """The SHA-256 of the list of files, by which bundles are told apart."""
        return hashlib.sha256(self.read(SUMS)).hexdigest()

    @property
    def size_bytes(self) -> int:
        """What all files take together."""
        return sum(size for _begin, size in self.places.values())

    def read(self, path: str, *, offset: int = 0, size: int | None = None) -> bytes:
        """A file's bytes, or ``size`` of them from an offset.

        Raises:
            BundleError: the archive ends before (E2194).
        """
        begin, whole = self.places[path]
        wanted = min(whole - offset, whole if size is None else size)
        with self.file.open("rb") as stream:
            stream.seek(begin + offset)
            content = stream.read(wanted)
        if len(content) != wanted:
            raise BundleError(NOT_A_BUNDLE, file=self.file, reason=N_("it ends too early"))
        return content

    def verify(self, key: PublicKey) -> None:
        """Hold every byte against the signed list.

        Raises:
            BundleError: it is signed by nobody or somebody else (E2195), or files differ from the list (E2196).
        """
        if why := refusal(self.read(SUMS), self.read(SIGNATURE), key):
            raise BundleError(NOT_SIGNED, file=self.file, fingerprint=key.fingerprint, reason=why)
        wrong = [*sorted(set(self.sums) ^ (set(self.places) - {SUMS, SIGNATURE})), *self._differing()]
        if wrong:
            raise BundleError(ALTERED, file=self.file, count=len(wrong), name=wrong[0])

    def _differing(self) -> Iterator[str]:
        for path, expected in self.sums.items():
            if path in self.places and self._digest(path) != expected:
                yield path

    def _digest(self, path: str) -> str:
        whole = hashlib.sha256()
        _begin, size = self.places[path]
        for offset in range(0, size, CHUNK):
            whole.update(self.read(path, offset=offset, size=CHUNK))
        return whole.hexdigest()


def open_bundle(file: Path) -> Bundle:
    """Look into an archive; nothing of it is trusted yet.

    Raises:
        BundleError: it is no bundle, or ends too early (E2194).
    """
    places = {}
    try:
        with tarfile.open(file, "r:") as archive:
            for member in archive:
                if not member.isreg() or member.name.startswith("/") or ".." in member.name.split("/"):
                    raise BundleError(NOT_A_BUNDLE, file=file, reason=member.name)
                places[member.name] = (member.offset_data, member.size)
    except OSError as error:
        raise BundleError(NOT_A_BUNDLE, file=file, reason=error.strerror or error) from error
    except tarfile.TarError as error:
        raise BundleError(NOT_A_BUNDLE, file=file, reason=error) from error
    if missing := [name for name in HEAD if name not in places]:
        raise BundleError(NOT_A_BUNDLE, file=file, reason=missing[0])
    end = file.stat().st_size
    if any(begin + size > end for begin, size in places.values()) or any(places[n][1] > LARGEST_HEAD for n in HEAD):
        raise BundleError(NOT_A_BUNDLE, file=file, reason=N_("it ends too early"))
    return Bundle(file, places)


def paths_in(tree: Path) -> tuple[str, ...]:
    """Every file below a folder, by its path there."""
    return tuple(sorted(str(file.relative_to(tree)) for file in tree.rglob("*") if file.is_file()))


def write_sums(tree: Path) -> Path:
    """Write the list of all files below a folder, with their digests."""
    lines = []
    for path in paths_in(tree):
        with (tree / path).open("rb") as stream:
            lines.append(f"{hashlib.file_digest(stream, 'sha256').hexdigest()}  {path}\n")
    (tree / SUMS).write_text("".join(lines), encoding="utf-8")
    return tree / SUMS


def write_archive(tree: Path, file: Path) -> None:
    """Write a folder as an archive, which is then the old one or the new one, whole.

    Raises:
        UsageError: it cannot be written (E0130).
    """
    # One name for all attempts: what a killed one left is overwritten.
    beside = file.with_name(UNFINISHED + file.name)
    try:
        with beside.open("wb") as stream:
            with closing(tarfile.open(fileobj=stream, mode="w:", format=tarfile.PAX_FORMAT)) as archive:
                for path in (*HEAD, *(each for each in paths_in(tree) if each not in HEAD)):
                    _add(archive, tree / path, path)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError(CANNOT_WRITE, file=file, reason=error.strerror or error) from error


def _add(archive: tarfile.TarFile, file: Path, path: str) -> None:
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode = file.stat().st_size, 0o644
    with file.open("rb") as stream:
        archive.addfile(entry, stream)


def packed(bundle: Bundle, paths: tuple[str, ...]) -> bytes:
    """Some of a bundle's files as an archive in memory."""
    made = io.BytesIO()
    with closing(tarfile.open(fileobj=made, mode="w:", format=tarfile.PAX_FORMAT)) as archive:
        for path in paths:
            content = bundle.read(path)
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()
