"""The command line and the environment of the OpenSSH client for one endpoint.

Nothing of the user's or the machine's own SSH configuration counts, and no key is trusted but the pinned
ones.  Secrets are named by the places of a :class:`~yiwang.deploy.engine.handover.Handover`.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.faults import NO_HOST_KEY, ReachError
from yiwang.deploy.engine.handover import ANSWER_VARIABLE, Handover

# What of the caller's environment the client may see.
KEPT = ("PATH", "HOME", "TZ")
AGENT = "SSH_AUTH_SOCK"
"""Where the caller's SSH agent listens: it proves who logs in where neither key nor password is declared."""
# Nothing of the user's own trust or keys counts, and nothing of his session is passed on.
_ALONE = {
    "GlobalKnownHostsFile": "/dev/null",
    "UpdateHostKeys": "no",
    "CheckHostIP": "no",
    "IdentitiesOnly": "yes",
    "IdentityAgent": "none",
    "ForwardAgent": "no",
    "ForwardX11": "no",
    "PermitLocalCommand": "no",
    "LogLevel": "ERROR",
}
KINDS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")
"""Kinds of host keys, the best first."""
ALGORITHMS = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")}
"""The signatures that a kind of key can make, where they are called otherwise than the kind."""
OLD_EXCHANGES = "diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1"


@dataclass(frozen=True, slots=True)
class Dialling:
    """How connections are made: times in seconds, and where warm ones are kept.

    ``shared`` is a folder of this user alone for the sockets of warm connections, which the next
    call uses for ``linger_seconds`` without a new handshake; None: every call connects anew.
    """

    connect_seconds: int = 15
    alive_seconds: int = 10
    alive_count: int = 3
    shared: Path | None = None
    linger_seconds: int = 120


@dataclass(frozen=True, slots=True)
class Client:
    """A client to start: its words and its environment."""

    words: tuple[str, ...]
    environment: Mapping[str, str]


def client(endpoint: Endpoint, handover: Handover, dialling: Dialling, command: str) -> Client:
    """The client that runs one command on the endpoint.

    Raises:
        ReachError: a host on the way has no pinned key (E2003).
    """
    words = [*_hop(endpoint, handover, dialling), *_sharing(endpoint, dialling)]
    if endpoint.via:
        words += ["-o", f"ProxyCommand={_proxy(endpoint.via, handover, dialling)}"]
    kept = (*KEPT, AGENT) if any(each.is_by_agent for each in (endpoint, *endpoint.via)) else KEPT
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    return Client((*words, "--", endpoint.host, command), environment | _answer(endpoint, handover))


def meeting(endpoint: Endpoint, handover: Handover, dialling: Dialling, known: Path) -> Client:
    """The client that writes the host key that the endpoint shows into the file ``known``, and logs in nowhere.

    A key of a kind that is pinned is asked for first.

    Raises:
        ReachError: a jump host on the way has no pinned key (E2003).
    """
    kinds = (*dict.fromkeys(key.split()[0] for key in endpoint.host_keys), *KINDS)
    options = {
        **_ALONE,
        "HostKeyAlias": endpoint.name,
        "HostKeyAlgorithms": ",".join(dict.fromkeys(each for kind in kinds for each in ALGORITHMS.get(kind, (kind,)))),
        # Switches of twenty years know no newer ones; nothing secret is said over this connection.
        "KexAlgorithms": f"+{OLD_EXCHANGES}",
        "UserKnownHostsFile": str(known),
        "StrictHostKeyChecking": "accept-new",
        "HashKnownHosts": "no",
        "ConnectTimeout": str(dialling.connect_seconds),
        "BatchMode": "yes",
        "IdentityFile": "none",
        "PreferredAuthentications": "none",
        "ControlMaster": "no",
        "ControlPath": "none",
    }
    words = ["ssh", "-F", "none", "-T", "-p", str(endpoint.port), "-l", endpoint.user, *_given(options)]
    if endpoint.via:
        words += ["-o", f"ProxyCommand={_proxy(endpoint.via, handover, dialling)}"]
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    return Client((*words, "--", endpoint.host, "exit"), environment)


def _proxy(via: tuple[Endpoint, ...], handover: Handover, dialling: Dialling) -> str:
    *before, last = via
    words = [*_hop(last, handover, dialling), "-W", "[%h]:%p"]
    if before:
        # The outer client expands %h and %p once before the inner one sees them.
        inner = _proxy(tuple(before), handover, dialling)
        words += ["-o", f"ProxyCommand={inner.replace('%', '%%')}"]
    answer = [f"{name}={value}" for name, value in _answer(last, handover).items()]
    return shlex.join(["env", *answer, *words, "--", last.host])


def _answer(endpoint: Endpoint, handover: Handover) -> dict[str, str]:
    if endpoint.password is None:
        return {}
    return {
        "SSH_ASKPASS": handover.program(),
        "SSH_ASKPASS_REQUIRE": "force",
        ANSWER_VARIABLE: handover.offer(endpoint.password.reveal() + "\n"),
    }


def _hop(endpoint: Endpoint, handover: Handover, dialling: Dialling) -> list[str]:
    if not endpoint.host_keys:
        raise ReachError(NO_HOST_KEY, target=endpoint.name)
    known = "".join(f"{endpoint.name} {key}\n" for key in endpoint.host_keys)
    options = {
        **_ALONE,
        "HostKeyAlias": endpoint.name,
        "UserKnownHostsFile": handover.offer(known),
        "StrictHostKeyChecking": "yes",
        "ConnectTimeout": str(dialling.connect_seconds),
        "ServerAliveInterval": str(dialling.alive_seconds),
        "ServerAliveCountMax": str(dialling.alive_count),
        **_proof(endpoint, handover),
    }
    words = ["ssh", "-F", "none", "-T", "-e", "none", "-p", str(endpoint.port), "-l", endpoint.user]
    return [*words, *_given(options)]


def _given(options: Mapping[str, str]) -> list[str]:
    return [word for name, value in options.items() for word in ("-o", f"{name}={value}")]


def _proof(endpoint: Endpoint, handover: Handover) -> dict[str, str]:
    methods = []
    options = {"BatchMode": "yes", "IdentityFile": "none"}
    if endpoint.private_key is not None:
        methods.append("publickey")
        key = endpoint.private_key.reveal()
        options["IdentityFile"] = handover.offer(key if key.endswith("\n") else key + "\n")
    if endpoint.password is not None:
        methods += ["password", "keyboard-interactive"]
        options |= {"BatchMode": "no", "NumberOfPasswordPrompts": "1"}
    if endpoint.is_by_agent:
        options |= {"IdentityAgent": AGENT, "IdentitiesOnly": "no"}
    return options | {"PreferredAuthentications": ",".join(methods or ["publickey"])}


def _sharing(endpoint: Endpoint, dialling: Dialling) -> list[str]:
    if dialling.shared is None:
        return ["-o", "ControlMaster=no", "-o", "ControlPath=none"]
    _own_folder(dialling.shared)
    socket = dialling.shared / _connection_id(endpoint)
    linger = f"ControlPersist={dialling.linger_seconds}"
    return ["-o", "ControlMaster=auto", "-o", f"ControlPath={socket}", "-o", linger]


def _own_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat()
    # Whoever can open the socket is logged in on the node.
    if found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(1, "not a folder of this user alone", str(folder))


def _connection_id(endpoint: Endpoint) -> str:
    """A name for connections of the same account, keys and way, and of no others."""
    words = [repr((hop.name, hop.host, hop.port, hop.user, hop.host_keys)) for hop in (*endpoint.via, endpoint)]
    return blake2b("\n".join(words).encode(), digest_size=10).hexdigest()
