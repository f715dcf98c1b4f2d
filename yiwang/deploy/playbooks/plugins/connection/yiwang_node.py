"""Ansible's connection to the node: every command and file goes through Yiwang's own."""

from __future__ import annotations

import base64
import shlex
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.connection import ConnectionBase

from yiwang.deploy.playbooks.asking import ask

DOCUMENTATION = """
name: yiwang_node
short_description: the node over the connection that Yiwang holds
description:
  - It has neither address nor key. Tasks without become run as the account that is declared for the node.
author: Yiwang
extends_documentation_fragment:
  - connection_pipelining
"""


class Connection(ConnectionBase):  # type: ignore[misc]
    """The way to the node."""

    transport = "yiwang_node"
    has_pipelining = True

    def _connect(self) -> Connection:
        self._connected = True
        return self

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """Run a command; what Ansible has wrapped to become another account begins as root."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        # Ansible wraps nothing where both accounts are the same.
        is_becoming = sudoable and self.become is not None and bool(self.become.success) and self.become.success in cmd
        request = {"do": "run", "command": cmd, "stdin": _base64(in_data or b""), "as_root": is_becoming}
        done = self._asked(request)
        out, err = (done[stream].encode("utf-8", "surrogateescape") for stream in ("out", "err"))
        return done["code"], out, err

    def put_file(self, in_path: str, out_path: str) -> None:
        """Write a file as the declared account."""
        super().put_file(in_path, out_path)
        self._moved(f"umask 077; cat >{shlex.quote(out_path)}", Path(in_path).read_bytes(), out_path)

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Read a file as the declared account."""
        super().fetch_file(in_path, out_path)
        Path(out_path).write_bytes(self._moved(f"cat <{shlex.quote(in_path)}", b"", in_path))

    def close(self) -> None:
        """There is nothing of its own to end."""
        self._connected = False

    def _moved(self, command: str, content: bytes, path: str) -> bytes:
        done = self._asked({"do": "run", "command": command, "stdin": _base64(content), "as_root": False})
        if done["code"]:
            raise AnsibleError(f"{path}: {done['err'].strip()}")
        out: bytes = done["out"].encode("utf-8", "surrogateescape")
        return out

    @staticmethod
    def _asked(request: Any) -> Any:
        try:
            done = ask(request)
        except OSError as error:
            raise AnsibleConnectionFailure(f"Yiwang is gone: {error}") from error
        if "lost" in done:
            raise AnsibleConnectionFailure(done["lost"])
        return done


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
