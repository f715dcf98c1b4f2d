"""Answering what ansible-core asks while it runs: commands for the node, secrets to hide, results to hear."""

from __future__ import annotations

import base64
import os
import selectors
import shlex
import socket
import subprocess
from collections import deque
from collections.abc import Callable, Mapping
from typing import IO, Any

import yaml

from yiwang.core.vault.secret import Secret
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.faults import ReachError
from yiwang.deploy.engine.frames import FrameError, encode
from yiwang.deploy.engine.masking import Masking
from yiwang.deploy.engine.transport import Transport
from yiwang.deploy.playbooks.asking import PORTION, heard

LOOK_SECONDS = 0.25
SAID_BYTES = 64 << 10
SHORTEST_HIDDEN = 4
"""A shorter value of an encrypted file is rather a number or a word than a secret."""

Hear = Callable[[Mapping[str, Any]], None]


class Conversation:
    """With one run of Ansible on one node."""

    def __init__(self, transport: Transport, endpoint: Endpoint, masking: Masking, hear: Hear) -> None:
        self.lost: ReachError | None = None
        self._transport = transport
        self._endpoint = endpoint
        self._masking = masking
        self._hear = hear
        self._said: deque[bytes] = deque(maxlen=SAID_BYTES // 1024)

    @property
    def said(self) -> str:
        """The end of what Ansible itself said, masked."""
        return self._masking.mask(b"".join(self._said)[-SAID_BYTES:].decode("utf-8", "replace"))

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one request."""
        if request["do"] == "run":
            return self._run(request)
        if request["do"] == "hide":
            self._hide(request["text"])
        else:
            self._hear(request)
        return {}

    def _run(self, request: Mapping[str, Any]) -> dict[str, Any]:
        command = request["command"] if request["as_root"] else as_account(self._endpoint, request["command"])
        try:
            done = self._transport.run(command, stdin=base64.b64decode(request["stdin"]))
        except ReachError as error:
            self.lost = error
            return {"lost": error.message}
        return {"code": done.code, "out": done.out, "err": done.err}

    def _hide(self, text: str) -> None:
        self._masking.add(Secret(text))
        for value in leaves(text):
            self._masking.add(Secret(value))

    def serve(
        self, process: subprocess.Popen[bytes], listening: socket.socket, is_cancelled: Callable[[], bool]
    ) -> None:
        """Answer until the process has ended and said all; stop it when it is to be cancelled."""
        assert process.stdout
        with selectors.DefaultSelector() as waiting:
            waiting.register(listening, selectors.EVENT_READ)
            waiting.register(process.stdout, selectors.EVENT_READ)
            while True:
                for key, _events in waiting.select(LOOK_SECONDS):
                    if key.fileobj is listening:
                        self._converse(listening)
                    elif not self._listen(process.stdout):
                        return
                if is_cancelled():
                    process.terminate()

    def _converse(self, listening: socket.socket) -> None:
        with listening.accept()[0] as connection:
            try:
                connection.sendall(encode(self.answer(heard(connection))))
            except (OSError, FrameError):
                # A worker of Ansible was ended in the middle of its question.
                return

    def _listen(self, stream: IO[bytes]) -> bool:
        part = os.read(stream.fileno(), PORTION)
        self._said.extend(part[start : start + 1024] for start in range(0, len(part), 1024))
        return bool(part)


def as_account(endpoint: Endpoint, command: str) -> str:
    """A command of the declared account, given to a shell of root."""
    if not endpoint.needs_sudo:
        return command
    user = shlex.quote(endpoint.user)
    inner = shlex.join(["sh", "-c", command])
    return f"exec runuser -u {user} -- env HOME=~{endpoint.user} USER={user} LOGNAME={user} {inner}"


def leaves(text: str) -> list[str]:
    """The values in an encrypted file of variables that are long enough to be secrets."""
    try:
        found = _leaves(yaml.safe_load(text))
    except yaml.YAMLError:
        return []
    return [value for value in found if len(value) >= SHORTEST_HIDDEN]


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for each in value.values() for leaf in _leaves(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in _leaves(each)]
    return [] if value is None or isinstance(value, bool) else [str(value)]
