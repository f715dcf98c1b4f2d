"""From a device's bytes to text: UTF-8, the Chinese encodings of terminals, or whatever it is."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_ENCODINGS = ("utf-8", "gb18030")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text and how its bytes were read; ``is_exact`` is False where some could not be."""

    text: str
    encoding: str
    is_exact: bool = True


def decode(content: bytes) -> Decoded:
    """The text of a capture; bytes that mean nothing in any encoding stay visible as ``\\xff``."""
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    for encoding in (marked,) if marked else _ENCODINGS:
        try:
            return Decoded(content.decode(encoding), encoding)
        except UnicodeDecodeError:
            continue
    encoding = marked or "utf-8"
    return Decoded(content.decode(encoding, errors="backslashreplace"), encoding, is_exact=False)
