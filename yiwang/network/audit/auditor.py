"""Auditing many configurations: telling each one's platform, then judging it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from yiwang.core.i18n import _
from yiwang.network.audit.engine import Engine
from yiwang.network.audit.memory import Known, Memory
from yiwang.network.audit.packing import packed, unpacked
from yiwang.network.audit.program import compiled
from yiwang.network.audit.report import Report
from yiwang.network.audit.subject import LARGEST_MIB, Subject
from yiwang.network.configuration.decoding import decode
from yiwang.network.configuration.table import grammar_of
from yiwang.network.platforms.detection import Detection
from yiwang.network.platforms.model import Platform
from yiwang.network.rules.load import RuleBook

REMEMBERED_AT_ONCE = 500
"""Verdicts after which those that are new are written; what is lost with a process is only made again."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A configuration that was not audited, and why, in the current language."""

    device: str
    file: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A configuration that was audited: its report, or the packed one that was remembered.

    ``key`` is empty where there is nothing to remember: it is known already, or nothing is remembered here.
    """

    platform: str
    report: Report | None = None
    packed: bytes = b""
    key: bytes = b""

    def content(self) -> bytes:
        """The packed report."""
        return packed(self.report) if self.report else self.packed


class Auditor:
    """Audits by the rules given; each platform's rules are made ready when the first of its devices comes.

    With a memory, a configuration that was audited before by the same rules costs its hash.
    """

    def __init__(self, book: RuleBook, platforms: Mapping[str, Platform], memory: Memory | None = None) -> None:
        self.book = book
        self.memory = memory
        self._platforms = platforms
        self._detection = Detection(platforms)
        self._engines: dict[str, Engine] = {}

    def audit(self, subjects: Iterable[Subject]) -> Iterator[Report | Refused]:
        """One result for each subject, in their order.  No configuration stops the others."""
        return self.reports((subject, self.one(subject)) for subject in subjects)

    def reports(self, judged: Iterable[tuple[Subject, Judged | Refused]]) -> Iterator[Report | Refused]:
        """The reports on what was judged, here or in another process; what is new is remembered."""
        new: list[tuple[bytes, Known]] = []
        try:
            for subject, each in judged:
                if isinstance(each, Judged) and each.key:
                    new.append((each.key, (each.platform, each.content())))
                    if len(new) >= REMEMBERED_AT_ONCE:
                        self._remember(new)
                yield each if isinstance(each, Refused) else self._report(subject, each)
        finally:
            self._remember(new)

    def _remember(self, new: list[tuple[bytes, Known]]) -> None:
        if self.memory:
            self.memory.put(new)
            self.memory.close()
        new.clear()

    def engine(self, platform: str) -> Engine:
        """The engine for a platform."""
        if platform not in self._engines:
            grammar = grammar_of(self._platforms[platform])
            self._engines[platform] = Engine(compiled(self.book, platform), grammar)
        return self._engines[platform]

    def one(self, subject: Subject) -> Judged | Refused:
        """Judge one configuration, or find that it was judged already."""
        try:
            if subject.file.stat().st_size > LARGEST_MIB << 20:
                reason = _("it is larger than {limit} MiB").format(limit=LARGEST_MIB)
                return Refused(subject.device, subject.file, reason)
            content = subject.file.read_bytes()
        except OSError as error:
            return Refused(subject.device, subject.file, error.strerror or str(error))
        key = self.memory.key(content, subject) if self.memory else b""
        known = self.memory.get(key) if self.memory else None
        if known and known[0] in self._platforms:
            return Judged(known[0], packed=known[1])
        return self._judged(subject, content, key)

    def _judged(self, subject: Subject, content: bytes, key: bytes) -> Judged | Refused:
        text = decode(content).text
        platform, reason = self._platform(subject, text)
        if not platform:
            return Refused(subject.device, subject.file, reason)
        report = self.engine(platform).audit(subject.device, text, version=subject.version)
        return Judged(platform, replace(report, source=str(subject.file)), key=key)

    def _report(self, subject: Subject, judged: Judged) -> Report | Refused:
        if judged.report:
            return judged.report
        try:
            return unpacked(self.engine(judged.platform), subject.device, judged.packed, str(subject.file))
        except ValueError:
            # What was remembered is damaged.
            return next(Auditor(self.book, self._platforms).audit([subject]))

    def _platform(self, subject: Subject, text: str) -> tuple[str, str]:
        if subject.platform:
            known = subject.platform in self._platforms
            return (subject.platform, "") if known else ("", _("its platform is not known"))
        detected = self._detection.by_text(text)
        if detected.is_supported:
            return detected.name, ""
        if detected.name:
            return "", _("{platform} is not supported").format(platform=detected.title)
        if detected.candidates:
            names = ", ".join(detected.candidates)
            return "", _("its platform cannot be told apart: {names}; give --platform").format(names=names)
        return "", _("no platform is recognised in it; give --platform")
