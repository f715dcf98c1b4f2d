"""Auditing many configurations: telling each one's platform, then judging it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from yiwang.core.i18n import _
from yiwang.network.audit.engine import Engine
from yiwang.network.audit.program import compiled
from yiwang.network.audit.report import Report
from yiwang.network.audit.subject import LARGEST_MIB, Subject
from yiwang.network.configuration.decoding import decode
from yiwang.network.configuration.table import grammar_of
from yiwang.network.platforms.detection import Detection
from yiwang.network.platforms.model import Platform
from yiwang.network.rules.load import RuleBook


@dataclass(frozen=True, slots=True)
class Refused:
    """A configuration that was not audited, and why, in the current language."""

    device: str
    file: Path
    reason: str


class Auditor:
    """Audits by the rules given; each platform's rules are made ready when the first of its devices comes."""

    def __init__(self, book: RuleBook, platforms: Mapping[str, Platform]) -> None:
        self.book = book
        self._platforms = platforms
        self._detection = Detection(platforms)
        self._engines: dict[str, Engine] = {}

    def audit(self, subjects: Iterable[Subject]) -> Iterator[Report | Refused]:
        """One result for each subject, in their order.  No configuration stops the others."""
        for subject in subjects:
            yield self._one(subject)

    def engine(self, platform: str) -> Engine:
        """The engine for a platform."""
        if platform not in self._engines:
            grammar = grammar_of(self._platforms[platform])
            self._engines[platform] = Engine(compiled(self.book, platform), grammar)
        return self._engines[platform]

    def _one(self, subject: Subject) -> Report | Refused:
        try:
            if subject.file.stat().st_size > LARGEST_MIB << 20:
                reason = _("it is larger than {limit} MiB").format(limit=LARGEST_MIB)
                return Refused(subject.device, subject.file, reason)
            content = subject.file.read_bytes()
        except OSError as error:
            return Refused(subject.device, subject.file, error.strerror or str(error))
        text = decode(content).text
        platform, reason = self._platform(subject, text)
        if not platform:
            return Refused(subject.device, subject.file, reason)
        report = self.engine(platform).audit(subject.device, text, version=subject.version)
        return replace(report, source=str(subject.file))

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
