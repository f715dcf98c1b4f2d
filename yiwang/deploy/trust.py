"""Pinning host keys: what nodes and devices show is compared with the estate, and new keys come into its files.

A key that is pinned is never replaced here: who has compared the new one takes the old one out of the estate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from yiwang.core import journal
from yiwang.core.errors import YiwangError, code
from yiwang.core.i18n import N_
from yiwang.deploy.engine.faults import DeployError
from yiwang.deploy.engine.meeting import fingerprint, host_key, same_key
from yiwang.deploy.way import endpoint_of, way_to
from yiwang.inventory.lists.change import Change
from yiwang.inventory.lists.edit import apply
from yiwang.inventory.reach import Reach, reaches

if TYPE_CHECKING:
    from yiwang.core.database.connection import Database
    from yiwang.deploy.component import Secrets
    from yiwang.inventory.estate import Estate
    from yiwang.inventory.selector import Selector

CHANGED = code(
    "E2180",
    N_("other host keys than the pinned ones are shown: {keys}"),
    N_(
        "find out why; somebody may be listening in. After comparing on its console, remove the old key and trust again"
    ),
    N_(
        "A host key changes when a machine is installed anew, and when somebody puts himself between you and it. "
        "A pinned key is therefore never replaced by `yiwang trust`: take the old one out of host_keys: in the estate "
        "by hand, once the fingerprint was compared on the machine's own console."
    ),
)

Verdict = Literal["new", "same", "changed", "silent"]
PLACES = {"nodes": "connection", "devices": "credentials"}


@dataclass(frozen=True, slots=True)
class Meeting:
    """What one target showed: ``key`` as in ``known_hosts`` without the names, or the ``problem`` of asking."""

    reach: Reach
    key: str = ""
    problem: str = ""

    @property
    def verdict(self) -> Verdict:
        """How the key stands to those that are pinned."""
        if not self.key:
            return "silent"
        pinned = self.reach.host_keys
        if not pinned:
            return "new"
        return "same" if any(same_key(self.key, each) for each in pinned) else "changed"

    @property
    def kind(self) -> str:
        """The kind of key, such as ``ssh-ed25519``."""
        return self.key.partition(" ")[0]

    @property
    def fingerprint(self) -> str:
        """The key's fingerprint, empty without a key."""
        return fingerprint(self.key) if self.key else ""

    @property
    def pinned(self) -> tuple[str, ...]:
        """The fingerprints of the keys that are pinned."""
        return tuple(map(fingerprint, self.reach.host_keys))


def meet(
    estate: Estate,
    selector: Selector | None,
    secrets: Secrets,
    *,
    again: bool = False,
    report: Callable[[Meeting, int, int], None] = lambda _meeting, _done, _total: None,
) -> tuple[Meeting, ...]:
    """Ask the selected nodes and devices that have no pinned key, or ``again`` all of them, many at once.

    Jump hosts on the way must have pinned keys; one that cannot be asked has its problem in the result.
    """
    chosen = [each for each in reaches(estate, selector) if again or not each.host_keys]
    with ThreadPoolExecutor(max(1, min(estate.rollout.parallel, len(chosen)))) as pool:
        waiting = [pool.submit(_meet, estate, each, secrets) for each in chosen]
        for done, each in enumerate(as_completed(waiting), 1):
            report(each.result(), done, len(chosen))
    return tuple(each.result() for each in waiting)


def _meet(estate: Estate, reach: Reach, secrets: Secrets) -> Meeting:
    try:
        # Only jump hosts are logged in to.
        way = way_to(estate, reach.name) | {"private_key": "", "password": ""}
        return Meeting(reach, host_key(endpoint_of(way, secrets)))
    except YiwangError as error:
        return Meeting(reach, problem=str(error))


def pin(estate: Estate, meetings: Iterable[Meeting], database: Database, *, person: str) -> tuple[Path, ...]:
    """Write the new keys where their targets are declared, all or none, each with an entry in the journal.

    Returns the files that changed.

    Raises:
        UsageError: a file changed meanwhile (E1216), shares values by aliases (E1217) or cannot be written (E0130).
    """
    new = [each for each in meetings if each.verdict == "new"]
    with database.writing() as connection:
        for each in new:
            journal.append(connection, person, "trust", f"{_subject(each)}/{each.reach.name}", _detail(each))
        return apply(estate, (_change(estate, each) for each in new))


def _subject(meeting: Meeting) -> str:
    return meeting.reach.kind.removesuffix("s")


def _detail(meeting: Meeting) -> Mapping[str, Any]:
    return {"address": meeting.reach.host, "key": meeting.key, "fingerprint": meeting.fingerprint}


def _change(estate: Estate, meeting: Meeting) -> Change:
    kind, name = meeting.reach.kind, meeting.reach.name
    values = (((PLACES[kind], "host_keys"), "", [meeting.key]),)
    return Change(kind, name, "changed", values, estate.position(kind, name))


def require_unchanged(meetings: Iterable[Meeting]) -> None:
    """Refuse keys other than the pinned ones.

    Raises:
        DeployError: there are some (E2180), with both fingerprints of each.
    """
    if changed := list(_told(meetings)):
        raise DeployError(CHANGED, keys="; ".join(changed))


def _told(meetings: Iterable[Meeting]) -> Iterator[str]:
    for each in meetings:
        if each.verdict == "changed":
            yield f"{each.reach.name} ({each.reach.host}) {each.fingerprint} ≠ {', '.join(each.pinned)}"
