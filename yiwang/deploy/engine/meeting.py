"""Asking an SSH server for its public host key, before anything is said to it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import subprocess
import tempfile
from pathlib import Path

from yiwang.deploy.engine import ssh
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.faults import NO_ANSWER, ReachError
from yiwang.deploy.engine.handover import Handover
from yiwang.deploy.engine.mishap import mishap

MARGIN_SECONDS = 10


def host_key(endpoint: Endpoint, dialling: ssh.Dialling = ssh.Dialling()) -> str:  # noqa: B008 - frozen
    """The public key that the endpoint shows, as ``ssh-ed25519 AAAA…``; jump hosts must show their pinned ones.

    Raises:
        ReachError: it cannot be reached (E2001, E2007), or a jump host cannot be trusted (E2002, E2003).
    """
    seconds = dialling.connect_seconds * (1 + len(endpoint.via)) + MARGIN_SECONDS
    handover = Handover()
    with tempfile.TemporaryDirectory(prefix="yiwang-") as folder:
        known = Path(folder) / "known"
        try:
            client = ssh.meeting(endpoint, handover, dialling, known)
            said = _met(client, seconds)
        except subprocess.TimeoutExpired:
            raise ReachError(NO_ANSWER, target=endpoint.name, seconds=seconds) from None
        finally:
            handover.close()
        if not known.exists():
            raise mishap(endpoint, said, was_connected=False)
        return " ".join(known.read_text(encoding="utf-8").split()[1:3])


def _met(client: ssh.Client, seconds: float) -> str:
    """What the client complains about; that it is not let in is as it should be."""
    done = subprocess.run(
        client.words,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=dict(client.environment),
        timeout=seconds,
        check=False,
        start_new_session=True,
    )
    return done.stderr.decode(errors="replace")


def same_key(one: str, other: str) -> bool:
    """Whether two public keys are the same, whatever their comments."""
    return one.split()[:2] == other.split()[:2]


def fingerprint(key: str) -> str:
    """A public key's fingerprint as OpenSSH shows it, ``SHA256:…``; the key itself when it cannot be read."""
    try:
        content = base64.b64decode(key.split()[1], validate=True)
    except (IndexError, binascii.Error):
        return key
    return "SHA256:" + base64.b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
