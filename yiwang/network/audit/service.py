"""Audits of an estate's archive or of a folder of files, as a caller asks for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from yiwang.core.errors import NotFoundError, UsageError, code
from yiwang.core.i18n import N_, _
from yiwang.inventory.selector import parse_selector
from yiwang.network.audit.auditor import Auditor, Refused
from yiwang.network.audit.crew import audited
from yiwang.network.audit.history import KIND, Change, Known, compared, known_in, known_of, observed
from yiwang.network.audit.memory import Memory
from yiwang.network.audit.outcome import Outcome, outcome_of
from yiwang.network.audit.report import Report
from yiwang.network.audit.subject import Subject, subjects_in
from yiwang.network.audit.trial import Trial, trials
from yiwang.network.audit.waiving import Acceptance, accepted, seal
from yiwang.network.configuration.table import grammar_of
from yiwang.network.configuration.tree import Configuration, read
from yiwang.network.fleet.fleet import Fleet, Surroundings
from yiwang.network.fleet.judging import Views, asks_for_fleet, judged
from yiwang.network.fleet.judging import sources as sources_of
from yiwang.network.platforms.catalogue import Platforms
from yiwang.network.rules.load import RuleBook, rules_for
from yiwang.network.snmp.observing import KIND as FACTS

if TYPE_CHECKING:
    from yiwang.core.evidence import Evidence
    from yiwang.inventory.estate import Estate
    from yiwang.inventory.model.waiver import Waiver
    from yiwang.network.archive.archive import Archive

NOT_AN_AUDIT = code(
    "E3613",
    N_("{file} is not the JSON of an earlier audit: {reason}"),
    N_("write one with `yiwang audit run … --write before.json`"),
)
NO_FINDING = code(
    "E3614",
    N_('no finding begins with "{given}"'),
    N_("`yiwang audit run -o json` shows each finding's fingerprint"),
)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where an estate's audit takes things from, each opened when it is needed."""

    estate: Callable[[], Estate]
    archive: Callable[[], Archive]
    evidence: Callable[[], Evidence]
    memory: Path | None = None
    """File of verdicts on configurations that were audited before."""


class Auditing:
    """Audits by the rules in force in a folder; without a folder, by the product's own."""

    def __init__(self, folder: Path | None, sources: Sources) -> None:
        self.folder = folder
        self._sources = sources

    @cached_property
    def book(self) -> RuleBook:
        """The rules in force; raises RuleError when those of the estate have mistakes."""
        return rules_for(self.folder)

    @cached_property
    def platforms(self) -> Platforms:
        """The platforms known here."""
        return Platforms(self.folder)

    def trials(self, wanted: Sequence[str]) -> Iterator[Trial]:
        """The fixtures of rules, tried."""
        return trials(self.book.chosen(wanted), self.platforms.all())

    def files(self, folder: Path, wanted: Sequence[str], platform: str = "", *, remember: bool = False) -> Outcome:
        """Audit the files below a folder; with ``remember``, those that did not change since are not judged again.

        Raises:
            NotFoundError: there is no such folder, rule or platform.
        """
        if platform:
            self.platforms.find(platform)
        subjects = [replace(each, platform=platform) for each in subjects_in(folder)]
        return self._compared_alone(self._audited(subjects, self.book.chosen(wanted), remember=remember))

    def estate(self, selector: str, wanted: Sequence[str], *, record: bool = True) -> Outcome:
        """Audit what was collected of the devices of the estate, with its waivers and its history.

        An audit by all rules is evidence on each device, and what the next one is compared with, unless
        ``record`` is False.
        """
        estate = self._sources.estate()
        subjects, missing = self._collected(estate, selector)
        book = self.book.chosen(wanted)
        evidence = self._sources.evidence()
        outcome = self._compared_in(estate, evidence, self._audited(subjects, book, remember=True))
        outcome = replace(outcome, refused=(*outcome.refused, *missing))
        outcome = self._waived(outcome, estate)
        before = {each.subject.name: known_of(each) for each in evidence.latest(subject_kind="device", kind=KIND)}
        outcome, changes = _compared(outcome, before)
        if record and not wanted:
            evidence.record(observed(report, changes[report.device]) for report in outcome.reports)
        return outcome

    def since(self, outcome: Outcome, file: Path) -> Outcome:
        """Compare an outcome with the JSON of an earlier one.

        Raises:
            UsageError: the file is none (E3613).
        """
        try:
            before = known_in(json.loads(file.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageError(NOT_AN_AUDIT, file=file, reason=str(error)) from error
        return _compared(outcome, before)[0]

    def sealed(self, outcome: Outcome, fingerprint: str) -> tuple[Report, int, str]:
        """The finding that a fingerprint begins: its report, its place there, and the seal of its section.

        Raises:
            NotFoundError: there is none (E3614).
        """
        for report in outcome.reports:
            for place, each in enumerate(report.fingerprints):
                if each.startswith(fingerprint):
                    return report, place, seal(self._tree(report), report.findings[place].line)
        raise NotFoundError(NO_FINDING, given=fingerprint)

    def _audited(self, subjects: Sequence[Subject], book: RuleBook, *, remember: bool) -> Outcome:
        platforms = self.platforms.all()
        memory = Memory(self._sources.memory, book, platforms) if remember and self._sources.memory else None
        return outcome_of(book, audited(Auditor(book, platforms, memory), subjects))

    def _compared_alone(self, outcome: Outcome) -> Outcome:
        """With what shows only beside other devices, as far as configurations tell it."""
        if not asks_for_fleet(outcome.reports):
            return outcome
        views = Views(self.platforms.all()).of(sources_of(outcome.reports))
        around = Surroundings(date.today(), platforms=self.platforms.all())  # noqa: DTZ011 - a calendar day
        return replace(outcome, reports=judged(outcome.reports, Fleet(views, around)))

    def _compared_in(self, estate: Estate, evidence: Evidence, outcome: Outcome) -> Outcome:
        """With what shows beside all devices that were collected, the estate and the newest facts."""
        if not asks_for_fleet(outcome.reports):
            return outcome
        archive, platforms = self._sources.archive(), self.platforms.all()
        files = ((name, file) for name, file in archive.newest() if name in estate.devices)
        others = [(name, estate.devices[name].platform, file) for name, file in files]
        known = [each for each in others if each[1] in platforms]
        seen = evidence.latest(subject_kind="device", kind=FACTS)
        around = Surroundings(
            date.today(),  # noqa: DTZ011 - a calendar day
            estate,
            {each.subject.name: each.detail for each in seen if each.verdict == "pass"},
            archive.latest_text,
            platforms,
        )
        return replace(outcome, reports=judged(outcome.reports, Fleet(Views(platforms).of(known), around)))

    def _collected(self, estate: Estate, selector: str) -> tuple[list[Subject], list[Refused]]:
        files = dict(self._sources.archive().newest())
        wanted = parse_selector(selector) if selector else None
        subjects, missing = [], []
        for kind, name, _target in estate.targets(wanted):
            if kind != "devices":
                continue
            if file := files.get(name):
                subjects.append(Subject(name, file, estate.devices[name].platform))
            else:
                missing.append(Refused(name, Path(name), _("nothing of it was collected yet")))
        return subjects, missing

    def _waived(self, outcome: Outcome, estate: Estate) -> Outcome:
        found: dict[str, Acceptance] = {}
        chosen = {name: parse_selector(each.select) for name, each in estate.waivers.items()}
        for report in outcome.reports:
            facts = estate.facts("devices", report.device, estate.devices[report.device])
            own: Mapping[str, Waiver] = {
                name: waiver for name, waiver in estate.waivers.items() if chosen[name].matches(facts)
            }
            if any(waiver.rule == finding.rule for waiver in own.values() for finding in report.findings):
                found |= accepted(report, own, self._tree(report), date.today())  # noqa: DTZ011 - a calendar day
        return replace(outcome, acceptances=found)

    def _tree(self, report: Report) -> Configuration:
        return read(Path(report.source).read_bytes(), grammar_of(self.platforms.find(report.program.platform)))


def _compared(outcome: Outcome, before: Mapping[str, Known]) -> tuple[Outcome, dict[str, Change]]:
    rules = frozenset(outcome.book.rules)
    changes = {report.device: compared(before.get(report.device), report, rules) for report in outcome.reports}
    states = {each: state for change in changes.values() for each, state in change.states.items()}
    fixed = tuple((device, rule) for device, change in changes.items() for rule in change.fixed.values())
    return replace(outcome, states=states, fixed=fixed), changes
