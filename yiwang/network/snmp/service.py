"""Facts of the estate's devices: asked, kept as evidence while the asking goes on, and returned."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass
from functools import partial

from yiwang.core.errors import UsageError, YiwangError, code, suggestion
from yiwang.core.evidence import Evidence
from yiwang.core.i18n import N_
from yiwang.core.vault.opening import OpenSecret
from yiwang.inventory.estate import Estate
from yiwang.inventory.selector import Selector
from yiwang.network.snmp.declared import targets
from yiwang.network.snmp.facts.facts import DEFAULT, Facts, Group
from yiwang.network.snmp.facts.reading import read
from yiwang.network.snmp.observing import observation
from yiwang.network.snmp.polling import Manner, Polled, poll

UNKNOWN_GROUP = code(
    "E3314",
    N_('there are no facts called "{given}"{suggestion}'),
    N_("known: {known}"),
)
KEPT_AT_ONCE = 100
"""Devices in one transaction; a crash loses so many at most."""

Report = Callable[[Polled[Facts], int, int], None]
"""Told of each device, with how many are done and how many there are."""


def groups(text: str) -> Set[Group]:
    """Groups from words with commas; the default ones for no word.

    Raises:
        UsageError: a word is none of them (E3314).
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    return frozenset(map(_group, words)) if words else DEFAULT


def _group(word: str) -> Group:
    known = [each.value for each in Group]
    if word not in known:
        near = suggestion(word, known)
        raise UsageError(UNKNOWN_GROUP, given=word, suggestion=near, known=", ".join(known))
    return Group(word)


@dataclass(frozen=True, slots=True)
class FactPoll:
    """Asks devices of an estate for facts; a device that cannot be asked is reported as the others are."""

    estate: Estate
    open_secret: OpenSecret
    evidence: Evidence

    def run(
        self,
        selector: Selector | None = None,
        *,
        wanted: Set[Group] = DEFAULT,
        manner: Manner | None = None,
        report: Report = lambda _polled, _done, _total: None,
    ) -> tuple[Polled[Facts], ...]:
        """Ask, and record what came; by the devices' names.

        Raises:
            VaultError: a secret cannot be opened; nothing was asked.
        """
        refused: list[Polled[Facts]] = []

        def refuse(name: str, problem: YiwangError) -> None:
            refused.append(Polled(name, error=problem))

        asked = list(targets(self.estate, selector, self.open_secret, refuse))
        keeping = _Keeping(self.evidence, len(asked) + len(refused), report)
        try:
            for each in refused:
                keeping(each)
            poll(asked, partial(read, wanted=wanted), manner or Manner(), keeping)
        finally:
            # Also of an asking that somebody ends before its time.
            keeping.keep()
        return tuple(sorted(keeping.all, key=lambda each: each.device))


class _Keeping:
    """Records in batches, and counts."""

    def __init__(self, evidence: Evidence, total: int, report: Report) -> None:
        self.all: list[Polled[Facts]] = []
        self._evidence = evidence
        self._total = total
        self._report = report
        self._kept = 0

    def __call__(self, polled: Polled[Facts]) -> None:
        self.all.append(polled)
        self._report(polled, len(self.all), self._total)
        if len(self.all) - self._kept >= KEPT_AT_ONCE:
            self.keep()

    def keep(self) -> None:
        self._evidence.record([observation(each) for each in self.all[self._kept :]])
        self._kept = len(self.all)
