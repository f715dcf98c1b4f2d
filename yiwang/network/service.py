"""The network of an estate: what can be asked of its devices, and what they said before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yiwang.core.errors import NotFoundError, UsageError, code
from yiwang.core.i18n import N_
from yiwang.core.vault.generate import generate
from yiwang.inventory.selector import parse_selector
from yiwang.network.collect.run import collection_of
from yiwang.network.collect.steps import ARCHIVE_KEY, Means

if TYPE_CHECKING:
    from yiwang.core.jobs.model import RunPlan
    from yiwang.core.vault.store import Vault
    from yiwang.inventory.estate import Estate
    from yiwang.network.archive.archive import Archive

BAD_PARAMETERS = code(
    "E3025", N_('a collection has no parameter "{given}"'), N_("write --parameter selector=county=410621")
)
KEY_LENGTH = 40


class Network:
    """The devices of one estate and the archive of what they said; the estate is loaded when it is needed."""

    def __init__(self, folder: Path, load: Callable[[], Estate], means: Means) -> None:
        self.folder = folder
        self._load = load
        self._means = means

    @property
    def archive(self) -> Archive:
        """What was collected."""
        return self._means.archive

    def collection(self, selector: str = "", *, at_once: int, requester: str = "") -> RunPlan:
        """The run that collects from the selected devices; errors as of ``collection_of``, and of the estate."""
        chosen = parse_selector(selector) if selector else None
        return collection_of(self._load(), chosen, at_once=at_once, requester=requester)

    def planned(self, parameters: Mapping[str, Any], *, at_once: int) -> RunPlan:
        """The run that a schedule begins.

        Raises:
            UsageError: a parameter is not known (E3025).
        """
        if unknown := sorted(set(parameters) - {"selector"}):
            raise UsageError(BAD_PARAMETERS, given=unknown[0])
        return self.collection(str(parameters.get("selector", "")), at_once=at_once)


def ensure_archive_key(vault: Vault) -> bool:
    """Put a key for the archive into the vault unless there is one; whether it was made.

    Raises:
        VaultError: the vault has no key for it.
    """
    try:
        vault.content(ARCHIVE_KEY.removeprefix("vault:"))
    except NotFoundError:
        vault.set(ARCHIVE_KEY, generate(KEY_LENGTH))
        return True
    return False
