"""What was decided of one target, kept for the others that are alike.

What a specification would do to a target follows from its components with their values and files, from the
secrets that they open, and from the target's answers.  Where all of these are the same, so is the verdict, and
pyinfra, which takes some thirty milliseconds for it, is not asked again.  Verdicts are kept in memory only.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from yiwang.core.vault.secret import Secret
from yiwang.deploy.engine.change import Change
from yiwang.deploy.engine.facts import FactSet
from yiwang.deploy.engine.session import Session, opener
from yiwang.deploy.engine.specification import Specification

if TYPE_CHECKING:
    from yiwang.deploy.engine.decide import Decided
    from yiwang.deploy.engine.diff import Looks
    from yiwang.deploy.engine.sources import Sources
    from yiwang.deploy.engine.transcript import Transcript

MOST_KINDS = 512
MOST_OF_A_KIND = 8
MOST_DIFFS = 64
TURN_SECONDS = 0.5

Secrets = Callable[[str], Secret]
Mark = tuple[str, int, int]
"""A file of the controller: its path, when it was written in nanoseconds, its size in bytes."""


@dataclass(frozen=True, slots=True)
class Basis:
    """All that a verdict follows from, beside the components and their values."""

    facts: FactSet
    facts_digest: str
    secrets: Mapping[str, Secret]
    files: tuple[Mark, ...]
    sources: Sources

    def holds(self, session: Session, secrets: Secrets) -> bool:
        """Whether it is the same for a target whose answers were learnt; its secrets are hidden from then on."""
        if marks_of(Path(path) for path, _written, _size in self.files) != self.files:
            return False
        open_secret = opener(session.masking, secrets)
        if any(open_secret(reference) != secret for reference, secret in self.secrets.items()):
            return False
        return session.facts.are_answered(self.facts.commands, self.facts_digest)


@dataclass(slots=True)
class Verdict:
    """What every operation would do, the changes among them without diffs, and how their diffs are found out.

    ``diffs`` are those that were worked out so far, by the digest of what the files hold; ``transcript`` is what
    carrying it out took on the first target that was changed by it.
    """

    decided: tuple[Decided, ...]
    changes: tuple[Change, ...]
    looks: Looks
    basis: Basis
    diffs: OrderedDict[str, tuple[Change, ...]] = field(default_factory=OrderedDict)
    transcript: Transcript | None = None

    def keep_diffs(self, digest: str, changes: tuple[Change, ...]) -> tuple[Change, ...]:
        """Keep the changes with their diffs for files that hold the same."""
        self.diffs[digest] = changes
        if len(self.diffs) > MOST_DIFFS:
            self.diffs.popitem(last=False)
        return changes


class Verdicts:
    """The verdicts of one process; the oldest are forgotten.  A target waits so long for one that may be its own."""

    def __init__(self, turn_seconds: float = TURN_SECONDS) -> None:
        self._turn_seconds = turn_seconds
        self._kept: OrderedDict[str, tuple[Verdict, ...]] = OrderedDict()
        self._lock = threading.Lock()
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    @contextmanager
    def turn(self, session: Session, specification: Specification) -> Iterator[bool]:
        """Decide a kind one after the other, so that the next may find what it needs; whether it was waited for.

        Nobody waits long: the one before may be a slow target.
        """
        turn = self._turns[_kind(session, specification)]
        has_waited = not turn.acquire(blocking=False)
        is_mine = not has_waited or turn.acquire(timeout=self._turn_seconds)
        try:
            yield has_waited
        finally:
            if is_mine:
                turn.release()

    def facts(self, session: Session, specification: Specification) -> FactSet:
        """What the newest verdict on the like of it was decided by; empty when there is none."""
        kept = self._kept.get(_kind(session, specification), ())
        return kept[0].basis.facts if kept else FactSet()

    def find(self, session: Session, specification: Specification, secrets: Secrets) -> Verdict | None:
        """The verdict that holds for a target by what it has answered so far.

        Raises:
            VaultError, NotFoundError: a secret cannot be opened.
        """
        kept = self._kept.get(_kind(session, specification), ())
        return next((each for each in kept if each.basis.holds(session, secrets)), None)

    def keep(self, session: Session, specification: Specification, verdict: Verdict) -> None:
        """Keep a verdict for those that are alike."""
        kind = _kind(session, specification)
        with self._lock:
            self._kept[kind] = (verdict, *self._kept.get(kind, ())[: MOST_OF_A_KIND - 1])
            self._kept.move_to_end(kind)
            if len(self._kept) > MOST_KINDS:
                self._kept.popitem(last=False)


def _kind(session: Session, specification: Specification) -> str:
    # With another login other words would have to be hidden.
    return f"{session.login} {specification.parts_digest}"


def marks_of(paths: Iterable[Path]) -> tuple[Mark, ...]:
    """How files of the controller stand, and those in folders; what is not there has none."""
    found = []
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else (path,):
            if file.is_file():
                seen = file.stat()
                found.append((str(file), seen.st_mtime_ns, seen.st_size))
    return tuple(found)
