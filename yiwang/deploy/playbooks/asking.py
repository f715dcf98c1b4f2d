"""How ansible-core's process asks the one that holds the connection: a frame there, a frame back."""

from __future__ import annotations

import os
import socket
from typing import Any

from yiwang.deploy.engine.frames import Decoder, encode

PLACE = "YIWANG_PLAYBOOK_SOCKET"
PORTION = 1 << 18


def ask(request: Any) -> Any:
    """The answer to a request; raises OSError when the other side is gone."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(os.environ[PLACE])
        connection.sendall(encode(request))
        return heard(connection)


def heard(connection: socket.socket) -> Any:
    """One frame; raises OSError when the other side is gone, FrameError when it is none."""
    decoder = Decoder()
    while (found := decoder.next()) is None:
        part = connection.recv(PORTION)
        if not part:
            raise ConnectionResetError("the other side has ended")
        decoder.feed(part)
    return found
