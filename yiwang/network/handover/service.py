"""The hand-over of one estate: prove, seal, take the receipt in, renew, and tell how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from yiwang.core.database.types import utc_now
from yiwang.core.evidence import Observation, Subject
from yiwang.inventory.selector import parse_selector
from yiwang.network.handover.faults import NO_RUN, NOT_OURS, HandoverError
from yiwang.network.handover.receipt import Receipt, read_receipt
from yiwang.network.handover.renewal import Change, changes, mint, references
from yiwang.network.handover.run import KIND, authority, chosen, handover_of
from yiwang.network.handover.sealing import Proven, Record, Sealed, proofs_of, seal
from yiwang.network.handover.standing import HANDED, RECEIPT, Standing, standings

if TYPE_CHECKING:
    from yiwang.core.jobs.model import RunPlan
    from yiwang.core.jobs.runs import Runs
    from yiwang.core.vault.store import Vault
    from yiwang.inventory.estate import Estate
    from yiwang.network.platforms.catalogue import Platforms


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a renewal is: the references with new secrets, and what is to be entered on each device."""

    references: tuple[str, ...]
    changes: tuple[Change, ...]


class Handing:
    """The hand-over of an estate, which is loaded when it is needed."""

    def __init__(self, load: Callable[[], Estate], vault: Vault, record: Record, platforms: Platforms) -> None:
        self._load = load
        self._vault = vault
        self._record = record
        self._platforms = platforms

    def plan(self, selector: str = "", *, at_once: int) -> RunPlan:
        """The run that proves the selected devices; errors as of ``handover_of``, ``authority`` and the estate."""
        estate = self._load()
        authority(estate, _today())
        wanted = parse_selector(selector) if selector else None
        return handover_of(estate, wanted, at_once=at_once, requester=self._record.actor)

    def seal(self, runs: Runs, run_id: str, file: Path | None) -> Sealed:
        """Seal what a run proved, by default into a file of the working folder.

        Raises:
            NotFoundError: there is no such run.
            HandoverError: it is no hand-over (E3436), or as of ``seal``.
        """
        run = runs.find(run_id)
        if run.kind != KIND:
            raise HandoverError(NO_RUN, run=run.id)
        target = file or Path(f"{run.id}.tar")
        return seal(self._load(), self._vault, self._record, Proven(run.id, tuple(runs.steps(run.id))), target)

    def proofs(self, run_id: str) -> dict[str, Observation]:
        """What a run last saw of each device, by its name."""
        return proofs_of(self._record.evidence, run_id)

    def receive(self, file: Path) -> Receipt:
        """Take in a receipt: as evidence, and in the journal.

        Raises:
            HandoverError: it is none (E3434), or for a package that was not sealed here (E3435).
        """
        receipt = read_receipt(file)
        sealed = (each.subject for each in self._record.journal.entries() if each.action == "handover.sealed")
        if receipt.package not in sealed:
            raise HandoverError(NOT_OURS, digest=receipt.package)
        detail = {"received": receipt.received, "by": receipt.by}
        self._record.journal.append(self._record.actor, "handover.received", receipt.package, detail)
        self._record.evidence.record([Observation(Subject("package", receipt.package), RECEIPT, "pass", detail)])
        return receipt

    def renew(self, selector: str = "", *, apply: bool) -> Renewed:
        """What a renewal changes; with ``apply`` the new secrets are in the vault and the old hand-over has expired.

        Raises:
            NotFoundError, HandoverError: as of ``chosen``.
            VaultError: a secret cannot be written.
        """
        devices = chosen(self._load(), parse_selector(selector) if selector else None)
        renewed = Renewed(references(devices), tuple(changes(devices, self._platforms)))
        if apply:
            names = [each.name for each in devices]
            # First what no longer counts, so that a crash between leaves no device that seems handed over.
            detail = {"references": list(renewed.references), "devices": names}
            self._record.journal.append(self._record.actor, "handover.renewed", KIND, detail)
            handed = self._handed()
            self._record.evidence.record([_ended(name) for name in names if name in handed])
            mint(self._vault, renewed.references)
        return renewed

    def standings(self) -> tuple[Standing, ...]:
        """How every device stands."""
        return standings(self._load(), self._record.evidence, _today())

    def _handed(self) -> set[str]:
        seen = self._record.evidence.latest(subject_kind="device", kind=HANDED)
        return {each.subject.name for each in seen if each.verdict == "pass"}


def _ended(device: str) -> Observation:
    return Observation(Subject("device", device), HANDED, "fail", {"reason": "renewed"})


def _today() -> date:
    return utc_now().astimezone().date()
