"""The frames between controller and agent: four bytes of length, then JSON.

Texts that a node wrote may not be UTF-8; bytes that are not become lone surrogates, and back.
"""

from __future__ import annotations

import json
from typing import Any

LONGEST = 256 << 20
HEAD = 4


class FrameError(ValueError):
    """What came is no frame."""


def encode(value: Any) -> bytes:
    """A frame."""
    body = json.dumps(value).encode()
    return len(body).to_bytes(HEAD, "big") + body


class Decoder:
    """Frames out of bytes that come in any portions."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, part: bytes) -> None:
        """More bytes have come."""
        self._held += part

    def next(self) -> Any | None:
        """The next whole frame; None when more bytes are needed.

        Raises:
            FrameError: the bytes are no frame.
        """
        if len(self._held) < HEAD:
            return None
        size = int.from_bytes(self._held[:HEAD], "big")
        if size > LONGEST:
            raise FrameError(f"a frame of {size} bytes")
        if len(self._held) < HEAD + size:
            return None
        body = bytes(self._held[HEAD : HEAD + size])
        del self._held[: HEAD + size]
        try:
            return json.loads(body)
        except ValueError as error:
            raise FrameError(str(error)) from error
