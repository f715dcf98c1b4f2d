"""Making the broker what the topology says, with RabbitMQ's own ``rabbitmqctl`` on the broker's machine.

Both directions go through its definitions: what is there is exported, what lacks is imported, in
one call each.  No plugin is needed, and a second call finds nothing to do.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yiwang.core.errors import JobError, code
from yiwang.core.i18n import N_
from yiwang.core.jobs.distributed.topology import CONTROLLER, SITES, STOPS, Topology, site_of
from yiwang.core.vault.secret import Secret

CONTROL_FAILED = code(
    "E0536",
    N_("{program} failed: {reason}"),
    N_("run this on the broker's own machine, as root or as the user rabbitmq, while the broker runs"),
)
CONFLICT = code(
    "E0537",
    N_("the broker has {kind} {name} with other properties"),
    N_("delete it at the broker when nothing waits in it, and run `yiwang broker apply` again"),
    N_("The broker does not change the properties of an exchange or a queue that exists."),
)

CALL_SECONDS = 120
HASHING = "rabbit_password_hashing_sha256"

Definitions = Mapping[str, list[dict[str, Any]]]
PasswordOf = Callable[[str], Secret | None]
"""The password of a login; None when it logs in by its certificate alone."""

_NAMES = {
    "vhosts": ("name",),
    "users": ("name",),
    "permissions": ("user",),
    "policies": ("name",),
    "exchanges": ("name",),
    "queues": ("name",),
    "bindings": ("source", "destination", "routing_key"),
}
_KINDS = {
    "vhosts": N_("virtual host"),
    "users": N_("user"),
    "permissions": N_("rights"),
    "policies": N_("policy"),
    "exchanges": N_("exchange"),
    "queues": N_("queue"),
    "bindings": N_("binding"),
}
_FIXED = frozenset(("exchanges", "queues"))


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that the broker lacks (add), has otherwise (alter), or has and should not (remove)."""

    action: str
    section: str
    name: str
    wanted: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """What it is, as a message id."""
        return _KINDS[self.section]


def no_password(_user: str) -> Secret | None:
    """Everybody logs in by certificate."""
    return None


def changes(topology: Topology, there: Definitions, password: PasswordOf = no_password) -> tuple[Change, ...]:
    """What has to be done so that what is ``there`` becomes the topology: pure."""
    wanted = topology.definitions()
    return (*_missing(wanted, there, topology.vhost, password), *_surplus(topology, there))


def _missing(wanted: Definitions, there: Definitions, vhost: str, password: PasswordOf) -> Iterator[Change]:
    for section, items in wanted.items():
        found = {_key(section, each): each for each in there.get(section, []) if each.get("vhost", vhost) == vhost}
        for item in items:
            key = _key(section, item)
            item = _with_password(item, found.get(key), password) if section == "users" else item
            if key not in found:
                yield Change("add", section, " ".join(key).strip(), item)
            elif not _agrees(item, found[key]):
                yield Change("alter", section, " ".join(key).strip(), item)


def _surplus(topology: Topology, there: Definitions) -> Iterator[Change]:
    users = {each["name"] for each in there.get("users", []) if site_of(each["name"])}
    for name in sorted(users - set(topology.users)):
        yield Change("remove", "users", name, {"name": name})
    wanted = {each["name"] for each in topology.definitions()["queues"]}
    queues = {each["name"] for each in there.get("queues", []) if each.get("vhost") == topology.vhost}
    for name in sorted(queues - wanted):
        if name.startswith((SITES, STOPS)):
            yield Change("remove", "queues", name, {"name": name})


def _key(section: str, item: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(item[name] for name in _NAMES[section])


def _agrees(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    # An export leaves some properties out; those cannot be compared.
    return all(found.get(key, value) == value for key, value in wanted.items())


def _with_password(item: dict[str, Any], found: Mapping[str, Any] | None, password: PasswordOf) -> dict[str, Any]:
    secret = password(item["name"])
    if secret is None:
        return item if found else {**item, "password_hash": "", "hashing_algorithm": HASHING}
    kept = found["password_hash"] if found else ""
    digest = kept if _opens(secret, kept) else _hashed(secret, os.urandom(4))
    return {**item, "password_hash": digest, "hashing_algorithm": HASHING}


def _hashed(secret: Secret, salt: bytes) -> str:
    """RabbitMQ's own form: base64 of a salt of four bytes and the SHA-256 of salt and password."""
    return base64.b64encode(salt + hashlib.sha256(salt + secret.reveal().encode()).digest()).decode()


def _opens(secret: Secret, kept: str) -> bool:
    return bool(kept) and hmac.compare_digest(_hashed(secret, base64.b64decode(kept)[:4]), kept)


class Control:
    """RabbitMQ's administration program."""

    def __init__(self, program: Path = Path("rabbitmqctl")) -> None:
        self._program = program

    def definitions(self) -> Definitions:
        """Everything that the broker holds; raises JobError (E0536)."""
        found: dict[str, list[dict[str, Any]]] = json.loads(self._call("export_definitions", "-"))
        return found

    def apply(self, found: tuple[Change, ...], vhost: str, *, prune: bool = False) -> tuple[Change, ...]:
        """Carry changes out, removals only with ``prune``; returns those that were.

        Raises:
            JobError: a queue or an exchange exists with other properties (E0537); nothing was changed then.
            JobError: the program failed (E0536).
        """
        for each in found:
            if each.action == "alter" and each.section in _FIXED:
                raise JobError(CONFLICT, kind=each.kind, name=each.name)
        made = tuple(each for each in found if each.action != "remove")
        if made:
            sections: dict[str, list[Any]] = {}
            for each in made:
                sections.setdefault(each.section, []).append(each.wanted)
            self._call("import_definitions", input=json.dumps(sections))
        removed = tuple(each for each in found if prune and each.action == "remove")
        for each in removed:
            self._remove(each, vhost)
        return (*made, *removed)

    def _remove(self, change: Change, vhost: str) -> None:
        if change.section == "users":
            self._call("delete_user", change.name)
        else:
            self._call("delete_queue", "-p", vhost, change.name)

    def _call(self, *arguments: str, input: str = "") -> str:
        command = [str(self._program), "--quiet", *arguments]
        try:
            # What holds password hashes goes through a pipe, never through a file or an argument.
            answer = subprocess.run(
                command, input=input, capture_output=True, text=True, check=True, timeout=CALL_SECONDS
            )
        except subprocess.CalledProcessError as error:
            reason = (error.stderr or error.stdout).strip().splitlines() or [str(error.returncode)]
            raise JobError(CONTROL_FAILED, program=self._program, reason=reason[0]) from None
        except (OSError, subprocess.SubprocessError) as error:
            raise JobError(CONTROL_FAILED, program=self._program, reason=str(error)) from None
        return answer.stdout


def password_path(user: str) -> str:
    """Where in the vault the password of a login is, if it has one: a site's beside the county's other secrets."""
    site = site_of(user)
    return f"counties/{site}/broker" if site else f"broker/{CONTROLLER}"
