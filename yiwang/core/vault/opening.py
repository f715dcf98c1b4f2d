"""Opening secrets where nobody can be asked: in the steps of a run, here or at a site."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from yiwang.core.errors import VaultError, code
from yiwang.core.i18n import N_
from yiwang.core.vault.secret import Secret

NO_VAULT = code(
    "E0539",
    N_("{reference} cannot be opened: no vault is at hand here"),
    N_("name the estate, or the vault's folder as an absolute path in the setting vault.folder"),
)

OpenSecret = Callable[[str], Secret]
"""Gives the secret of a reference; raises VaultError or NotFoundError."""


def no_vault(reference: str) -> Secret:
    """Where there is no vault; raises VaultError (E0539)."""
    raise VaultError(NO_VAULT, reference=reference)


@dataclass(frozen=True, slots=True)
class Opening:
    """Opens secrets of one vault with keys from files; can be handed to another process."""

    folder: Path
    keys: Mapping[str, Path]

    def __call__(self, reference: str) -> Secret:
        """The secret; errors as :meth:`~yiwang.core.vault.store.Vault.get`."""
        from yiwang.core.vault.keys import Keys
        from yiwang.core.vault.store import Vault

        return Vault(self.folder, Keys(self.keys)).get(reference)
