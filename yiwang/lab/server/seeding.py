"""The files of a host that its profile writes: settings, and what its first boot sets up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from yiwang.core.vault.secret import Secret
from yiwang.inventory.estate import Estate
from yiwang.lab.credentials import password_hash
from yiwang.lab.layout import Host, Layout
from yiwang.lab.machine import SETUP
from yiwang.lab.profile import HOST_WORDS, Profile, fill_words
from yiwang.lab.seed import Seed, SeedFile, link, text
from yiwang.lab.server.binding import Binding
from yiwang.lab.server.password import mysql_hash, rabbitmq_hash, scram_verifier

UNIT = "yiwang-setup.service"
HOST_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")

HASHES: Mapping[str, Callable[[Secret], str]] = {
    "scram": scram_verifier,
    "mysql_hash": mysql_hash,
    "unix_hash": password_hash,
    "rabbitmq_hash": rabbitmq_hash,
}
"""Word → what a server keeps of the account's password."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the words of a profile stand for: for a host, and for one of the adapters that it serves."""

    host: Host
    binding: Binding | None = None
    password: Secret | None = None

    def fill(self, template: str) -> str:
        """A template with every word replaced."""
        return fill_words(template, self._text)

    def _text(self, word: str) -> str:
        if word in HOST_WORDS:
            return {"host": self.host.name, "address": "".join(self.host.addresses[:1])}[word]
        if self.binding is None or self.password is None:
            raise KeyError(word)
        if word in HASHES:
            return HASHES[word](self.password)
        if choice := self.binding.profile.choices.get(word):
            return self.fill(self.binding.chosen(choice))
        return _of_adapter(self.binding)[word]


def _of_adapter(binding: Binding) -> dict[str, str]:
    return {
        "adapter": binding.name,
        "system": binding.adapter.system,
        "user": binding.user,
        "database": binding.database,
        "port": str(binding.port),
    }


def server_names(host: Host, layout: Layout, estate: Estate) -> str:
    """Lines for ``/etc/hosts`` of an exchange node: its servers, by every name that is declared of them."""
    near = {port.peer for port in host.ports if port.peer}
    servers = (each for each in layout.hosts if each.kind == "server" and near.intersection(each.addresses))
    return "".join(f"{each.addresses[0]}\t{' '.join(_names(each, estate))}\n" for each in servers)


def _names(server: Host, estate: Estate) -> Iterator[str]:
    declared = (str(estate.adapters[name].options.get("host") or "") for name in server.adapters)
    named = (each for each in declared if HOST_NAME.fullmatch(each) and each not in server.addresses)
    yield from dict.fromkeys((server.name, *named))


def profile_seed(profile: Profile, words: Sequence[Words]) -> Seed:
    """What a profile writes into a host: ``words`` of the host, or of each adapter that it serves.

    What the first boot runs holds hashes of passwords, never a password, and is deleted by it.
    """
    files = {path: text(words[0].fill(content)) for path, content in profile.files.items()}
    return {**files, **dict(_setup(profile, words))} if profile.setup else files


def _setup(profile: Profile, words: Sequence[Words]) -> Iterator[tuple[str, SeedFile]]:
    body = "".join(each.fill(profile.setup) for each in words)
    yield SETUP, text(f"#!/bin/sh\nset -e\n{body}rm /{SETUP}\n", 0o700)
    yield f"etc/systemd/system/{UNIT}", text(_unit(profile))
    yield f"etc/systemd/system/multi-user.target.wants/{UNIT}", link(f"../{UNIT}")


def _unit(profile: Profile) -> str:
    after = " ".join(f"{service}.service" for service in profile.services)
    return (
        "[Unit]\n"
        f"Description=First boot of {profile.title}\n"
        f"After={after}\n"
        f"ConditionPathExists=/{SETUP}\n"
        "[Service]\n"
        "Type=oneshot\n"
        f"ExecStart=/{SETUP}\n"
        "StandardOutput=journal+console\n"
        "StandardError=journal+console\n"
    )
