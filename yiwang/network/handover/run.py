"""The run that proves the accounts of every selected device."""

from __future__ import annotations

from datetime import date

from yiwang.core.errors import NotFoundError
from yiwang.core.i18n import _
from yiwang.core.jobs.model import Policy, RunPlan, StepSpec
from yiwang.inventory.estate import Estate
from yiwang.inventory.model import Device
from yiwang.inventory.model.estate import Supervision
from yiwang.inventory.reach import Reach, reaches
from yiwang.inventory.selector import Selector
from yiwang.network.collect.run import ATTEMPTS, NO_DEVICES, RETRY_SECONDS
from yiwang.network.handover.account import plain_account
from yiwang.network.handover.faults import EXPIRED, NO_AUTHORITY, NOT_DECLARED, HandoverError
from yiwang.network.handover.steps import PROVE

KIND = "handover"
NAMED = 5


def authority(estate: Estate, today: date) -> Supervision:
    """To whom read access is handed over.

    Raises:
        HandoverError: the estate does not say (E3424), or the agreed date is over (E3429).
    """
    given = estate.header.supervision
    if given is None or not (given.public_key or given.passphrase):
        raise HandoverError(NO_AUTHORITY)
    if given.expires < today:
        raise HandoverError(EXPIRED, title=given.title, expires=given.expires)
    return given


def chosen(estate: Estate, selector: Selector | None) -> list[Reach]:
    """The selected devices, each with an account to hand over.

    Raises:
        NotFoundError: no device is selected (E3024).
        HandoverError: some declare no account (E3423).
    """
    devices = [each for each in reaches(estate, selector) if isinstance(each.target, Device)]
    if not devices:
        raise NotFoundError(NO_DEVICES)
    bare = [each.name for each in devices if isinstance(each.target, Device) and each.target.handover is None]
    if bare:
        raise HandoverError(NOT_DECLARED, count=len(bare), devices=named(bare))
    return devices


def named(devices: list[str]) -> str:
    """The first few names of a list, and that there are more."""
    return ", ".join(devices[:NAMED]) + (" …" if len(devices) > NAMED else "")


def handover_of(estate: Estate, selector: Selector | None, *, at_once: int, requester: str) -> RunPlan:
    """The run that proves the selected devices' accounts; every device is tried, whatever the others do.

    Raises:
        NotFoundError, HandoverError: as of :func:`chosen`.
        ReachError: as of ``way_to``.
    """
    folder = str(estate.folder.absolute())
    steps = tuple(_step(estate, each, folder) for each in chosen(estate, selector))
    policy = Policy(window=at_once, max_attempts=ATTEMPTS, retry_seconds=RETRY_SECONDS, max_failed_percent=100)
    title = _("read-only accounts of {count} devices").format(count=len(steps))
    return RunPlan(KIND, title, steps, policy, requester)


def _step(estate: Estate, reach: Reach, folder: str) -> StepSpec:
    assert isinstance(reach.target, Device)
    payload = plain_account(estate, reach) | {
        "estate": folder,
        "platform": reach.target.platform,
        "site": reach.target.site or "",
    }
    return StepSpec(f"prove-{reach.name}", PROVE, f"device/{reach.name}", payload=payload)
