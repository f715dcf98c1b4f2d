"""How one target is reached: a frozen value, built from the estate and the vault."""

from __future__ import annotations

from dataclasses import dataclass, field

from yiwang.core.vault.secret import Secret

ROOT = "root"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An SSH server with an account on it.

    ``host_keys`` are its public keys as in ``known_hosts`` without the names (``ssh-ed25519 AAAA…``);
    without one it is never spoken to.  ``via`` are the jump hosts on the way, the nearest first, each
    with its own keys.  ``sudo`` says that the account becomes root by sudo, with ``password`` when sudo
    asks for one.  The password of the account serves for both.  With neither key nor password the caller's SSH
    agent proves who logs in.
    """

    name: str
    host: str
    port: int = 22
    user: str = ROOT
    host_keys: tuple[str, ...] = ()
    via: tuple[Endpoint, ...] = ()
    private_key: Secret | None = field(default=None, compare=False)
    password: Secret | None = field(default=None, compare=False)
    sudo: bool = False

    @property
    def is_by_agent(self) -> bool:
        """Whether nothing is declared to log in with, so that the caller's SSH agent is asked."""
        return self.private_key is None and self.password is None

    @property
    def needs_sudo(self) -> bool:
        """Whether the account must become root before it changes anything."""
        return self.sudo and self.user != ROOT
