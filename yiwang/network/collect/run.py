"""The run that collects: a step for each device, then one that commits what came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, zip_longest
from typing import Any

from yiwang.core.errors import NotFoundError, code
from yiwang.core.i18n import N_, _
from yiwang.core.jobs.model import Policy, RunPlan, StepSpec
from yiwang.inventory.estate import Estate
from yiwang.inventory.model import Device
from yiwang.inventory.reach import Reach, reaches
from yiwang.inventory.selector import Selector
from yiwang.network.collect.way import way_to

KIND = "collect"
COLLECT = "network.collect"
COMMIT = "network.commit"
ATTEMPTS = 2
RETRY_SECONDS = 5.0

NO_DEVICES = code(
    "E3024",
    N_("no device of the estate is selected"),
    N_("correct the selector; `yiwang inventory list --kind devices` shows what there is"),
)


def collection_of(estate: Estate, selector: Selector | None, *, at_once: int, requester: str) -> RunPlan:
    """The run that collects from the devices that a selector matches, ``at_once`` of them side by side.

    Raises:
        NotFoundError: no device is selected (E3024).
        ReachError: one has no address (E3022), or its jump hosts form a circle (E3021).
    """
    chosen = [each for each in reaches(estate, selector) if isinstance(each.target, Device)]
    if not chosen:
        raise NotFoundError(NO_DEVICES)
    folder = str(estate.folder.absolute())
    steps = [_step(estate, each, folder) for each in _in_turn(chosen)]
    commit = StepSpec("commit", COMMIT, f"archive/{estate.header.name}", wave=1, payload={"estate": folder})
    # However many devices are silent, what the others said is committed.
    policy = Policy(
        window=at_once,
        max_attempts=ATTEMPTS,
        retry_seconds=RETRY_SECONDS,
        max_failed_percent=100,
        strict_waves=(commit.wave,),
    )
    title = _("configurations of {count} devices").format(count=len(steps))
    return RunPlan(KIND, title, (*steps, commit), policy, requester)


def _step(estate: Estate, reach: Reach, folder: str) -> StepSpec:
    assert isinstance(reach.target, Device)
    payload: Mapping[str, Any] = {
        "estate": folder,
        "device": reach.name,
        "platform": reach.target.platform,
        "site": reach.target.site or "",
        "way": way_to(estate, reach),
    }
    return StepSpec(f"collect-{reach.name}", COLLECT, f"device/{reach.name}", payload=payload)


def _in_turn(chosen: Iterable[Reach]) -> Iterator[Reach]:
    """A device of each site, then the next of each: so that no site is asked for all of its devices at once."""
    by_site: dict[str, list[Reach]] = defaultdict(list)
    for each in chosen:
        by_site[each.target.site or each.name].append(each)
    return (each for each in chain.from_iterable(zip_longest(*by_site.values())) if each is not None)
