"""Sealing: from a run in which every device was proven to a package, as evidence and in the journal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yiwang.core.database.types import utc_now
from yiwang.core.evidence import Evidence, Observation, Subject
from yiwang.core.jobs.model import Step, StepState
from yiwang.core.journal import Journal
from yiwang.core.vault import cipher
from yiwang.core.vault.generate import generate
from yiwang.core.vault.secret import Secret
from yiwang.core.writing import write_files
from yiwang.inventory.reach import find_reach
from yiwang.network.collect.steps import ARCHIVE_KEY
from yiwang.network.handover.account import Account, open_account, plain_account
from yiwang.network.handover.faults import CAN_WRITE, CHANGED, NOT_ALL, TOO_OLD, WRITERS, HandoverError
from yiwang.network.handover.package import Handed, Manifest, packed, sealed_for
from yiwang.network.handover.run import authority, named
from yiwang.network.handover.signing import public_text, signing_key
from yiwang.network.handover.standing import HANDED
from yiwang.network.handover.steps import PROOF

if TYPE_CHECKING:
    from yiwang.core.vault.store import Vault
    from yiwang.inventory.estate import Estate
    from yiwang.inventory.model.estate import Supervision

COUNTS_FOR = timedelta(days=1)
MOST_STEPS = 100_000
KEY_LENGTH = 40
VAULT_ID = "handover"


@dataclass(frozen=True, slots=True)
class Record:
    """Where a hand-over is written down: as evidence, and in the journal under the name of who did it."""

    evidence: Evidence
    journal: Journal
    actor: str


@dataclass(frozen=True, slots=True)
class Proven:
    """A run that proved devices, with its steps."""

    run: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A package that was written: where, its digest, who signed it, and for how many devices."""

    file: Path
    digest: str
    signer: str
    devices: int


def seal(estate: Estate, vault: Vault, record: Record, proven: Proven, file: Path) -> Sealed:
    """Seal the accounts that a run proved; all of them or none.

    Raises:
        HandoverError: an account can write (E3438), a device is not proven (E3425), its proof is older than a day
            (E3426), its account is another by now (E3427); or as of
            :func:`~yiwang.network.handover.run.authority`.
        VaultError, NotFoundError: a secret cannot be opened.
        UsageError: the file cannot be written (E0130).
    """
    now = utc_now()
    given = authority(estate, now.astimezone().date())
    proofs = proofs_of(record.evidence, proven.run)
    _require_all(proven, proofs)
    accounts = [_unchanged(estate, vault, step, proofs) for step in proven.steps]
    key = generate(KEY_LENGTH)
    content = _content(accounts, key)
    name, sealed = _closed(given, vault, content)
    signer = signing_key(vault)
    manifest = Manifest(
        estate=estate.header.name,
        title=estate.header.title,
        region=estate.header.region,
        authority=given.title,
        contact=given.contact,
        run=proven.run,
        sealed=now.isoformat(timespec="seconds"),
        expires=given.expires,
        signer=public_text(signer),
        accounts=name,
        accounts_sha256=hashlib.sha256(sealed).hexdigest(),
        devices=tuple(_handed(estate, each, key, proofs[each.device]) for each in accounts),
    )
    whole, digest = packed(manifest, sealed, signer)
    # As with the vault, what is about to be given away is written down first.
    detail = _journalled(record, manifest, digest)
    write_files({file: whole}, mode=0o600)
    subjects = (Subject("device", each.device) for each in accounts)
    record.evidence.record([Observation(each, HANDED, "pass", detail, proven.run) for each in subjects])
    return Sealed(file, digest, manifest.signer, len(accounts))


def proofs_of(evidence: Evidence, run: str) -> dict[str, Observation]:
    """What was last seen of each device of a run, by its name."""
    found = evidence.history(kind=PROOF, run=run, limit=MOST_STEPS)
    # The newest come first.
    return {each.subject.name: each for each in reversed(found)}


def can_write(seen: Observation | None) -> bool:
    """Whether a device was written to with the account."""
    return seen is not None and seen.detail.get("error") == CAN_WRITE.id


def _require_all(proven: Proven, proofs: Mapping[str, Observation]) -> None:
    devices, total = [_device(each) for each in proven.steps], len(proven.steps)
    if writers := [name for name in devices if can_write(proofs.get(name))]:
        raise HandoverError(WRITERS, count=len(writers), total=total, devices=named(writers))
    done = {_device(each) for each in proven.steps if each.state is StepState.done}
    passed = {name for name, seen in proofs.items() if seen.verdict == "pass"}
    if missing := [name for name in devices if name not in done & passed]:
        raise HandoverError(NOT_ALL, count=len(missing), total=total, devices=named(missing), run=proven.run)


def _device(step: Step) -> str:
    return str(step.payload["device"])


def _unchanged(estate: Estate, vault: Vault, step: Step, proofs: Mapping[str, Observation]) -> Account:
    """The account as the estate declares it now, which must be the one that was proven."""
    device = _device(step)
    proof, reach = proofs[device], find_reach(estate, device)
    if utc_now() - proof.time > COUNTS_FOR:
        raise HandoverError(TOO_OLD, device=device, time=proof.time.astimezone().isoformat(" ", "minutes"))
    if reach is None or getattr(reach.target, "handover", None) is None:
        raise HandoverError(CHANGED, device=device)
    account = open_account(plain_account(estate, reach), vault.get)
    if account.fingerprint(vault.get(ARCHIVE_KEY)) != proof.detail["fingerprint"]:
        raise HandoverError(CHANGED, device=device)
    return account


def _content(accounts: Sequence[Account], key: Secret) -> Secret:
    entries: list[Any] = [json.loads(each.sealed.reveal()) for each in accounts]
    return Secret(json.dumps({"fingerprint_key": key.reveal(), "devices": entries}, ensure_ascii=False, indent=1))


def _closed(given: Supervision, vault: Vault, content: Secret) -> tuple[str, bytes]:
    if given.public_key:
        return "accounts.age", sealed_for(given.public_key, content)
    assert given.passphrase
    return "accounts.vault", cipher.encrypt(content.reveal(), vault.get(given.passphrase), VAULT_ID)


def _handed(estate: Estate, account: Account, key: Secret, proof: Observation) -> Handed:
    device = estate.devices[account.device]
    return Handed(
        name=account.device,
        platform=str(device.platform),
        region=device.region,
        address=account.way[-1].host,
        proven=proof.time.isoformat(timespec="seconds"),
        fingerprint=account.fingerprint(key),
    )


def _journalled(record: Record, manifest: Manifest, digest: str) -> dict[str, str]:
    detail = {"package": digest, "expires": manifest.expires.isoformat(), "authority": manifest.authority}
    more = {"run": manifest.run, "signer": manifest.signer, "devices": [each.name for each in manifest.devices]}
    record.journal.append(record.actor, "handover.sealed", digest, detail | more)
    return detail
