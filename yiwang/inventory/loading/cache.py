"""Parsed files by the hash of their content, so that an unchanged file is not parsed again.

One file for each estate folder under the cache folder.  The key is the content itself,
never a time stamp: an edit is always seen.  A damaged or foreign cache is simply not used.
Marks stay packed until someone asks for a position.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from yiwang import __version__
from yiwang.core.document import Document, Quoted

FORMAT = f"yiwang-documents-2-{__version__}"

_QUOTED = 1


def _pack_special(value: Any) -> Any:
    if isinstance(value, Quoted):
        return msgspec.msgpack.Ext(_QUOTED, str(value).encode())
    if isinstance(value, str):
        return str(value)
    raise TypeError(type(value))


def _unpack_special(kind: int, data: memoryview) -> Any:
    return Quoted(bytes(data).decode()) if kind == _QUOTED else None


_packer = msgspec.msgpack.Encoder(enc_hook=_pack_special)
_unpacker = msgspec.msgpack.Decoder(ext_hook=_unpack_special)
_unpack_index = msgspec.msgpack.Decoder(tuple[str, dict[str, tuple[msgspec.Raw, msgspec.Raw]]])


class PackedMarks:
    """Marks of a cached file: unpacked on first use, then like the tuple that the parser makes."""

    __slots__ = ("_packed", "_whole")

    def __init__(self, packed: bytes) -> None:
        self._packed = packed
        self._whole: Any = None

    def __getitem__(self, index: int) -> Any:
        if self._whole is None:
            self._whole = _unpacker.decode(self._packed)
        return self._whole[index]


class DocumentCache:
    """The parsed files of one estate folder."""

    def __init__(self, folder: Path, estate: Path) -> None:
        name = hashlib.blake2b(os.fsencode(estate.resolve()), digest_size=12).hexdigest()
        self._file = folder / "documents" / f"{name}.msgpack"
        self._known = self._read()
        self._used: dict[str, tuple[Any, Any]] = {}
        self._is_new = False

    def _read(self) -> Mapping[str, tuple[msgspec.Raw, msgspec.Raw]]:
        try:
            format, known = _unpack_index.decode(self._file.read_bytes())
        except (OSError, msgspec.MsgspecError):
            return {}
        return known if format == FORMAT else {}

    def get(self, content: bytes, file: Path) -> Document | None:
        """The parsed document of exactly this content, or None."""
        key = _key(content)
        packed = self._known.get(key)
        if packed is None:
            return None
        try:
            data = _unpacker.decode(packed[0])
        except msgspec.MsgspecError:
            return None
        self._used[key] = packed
        return Document(file, data, PackedMarks(bytes(packed[1])))

    def put(self, content: bytes, document: Document) -> None:
        """Keep a document that parsed without a finding."""
        packed = (msgspec.Raw(_packer.encode(document.data)), msgspec.Raw(_packer.encode(document.marks)))
        self._used[_key(content)] = packed
        self._is_new = True

    def save(self) -> None:
        """Write what was used, when anything is new.  A folder that cannot be written is no error."""
        if not self._is_new and len(self._used) == len(self._known):
            return
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary = self._file.with_suffix(f".{os.getpid()}")
            temporary.write_bytes(msgspec.msgpack.encode((FORMAT, self._used)))
            temporary.replace(self._file)


def _key(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=20).hexdigest()
