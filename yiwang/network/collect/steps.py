"""What the steps of a collection do: read one device and hand in what it said; commit what was handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any

from yiwang.core.errors import YiwangError
from yiwang.core.evidence import Observation, Subject, Verdict
from yiwang.core.jobs import observed
from yiwang.core.jobs.handlers import StepContext, StepFailedError, StepHandler
from yiwang.network.archive.normal import normal
from yiwang.network.archive.redaction import Redaction
from yiwang.network.collect import run
from yiwang.network.collect.device import Collected, Visit, collect
from yiwang.network.collect.dial import Dialler
from yiwang.network.collect.faults import AnswerError, ReachError
from yiwang.network.collect.pace import Pace
from yiwang.network.collect.way import opened

if TYPE_CHECKING:
    from yiwang.core.vault.opening import OpenSecret
    from yiwang.network.archive.archive import Archive, Kind
    from yiwang.network.platforms.catalogue import Platforms
    from yiwang.network.platforms.model import Platform

ARCHIVE_KEY = "vault:network/archive-key"
"""The secret under which the archive's digests of secrets are made."""
EVIDENCE = "configuration"
LINES_OF_EVIDENCE = 8
MAY_GO_BETTER = frozenset(("E3010", "E3017"))
"""Faults after which the step is tried again; a wrong password sent twice might lock the account."""


@dataclass(frozen=True, slots=True)
class Gates:
    """At most so many sessions at once at one site; devices without a site have no bound."""

    most: int
    _sites: dict[str, BoundedSemaphore] = field(default_factory=dict)
    _lock: Any = field(default_factory=Lock)

    @contextmanager
    def through(self, site: str) -> Iterator[None]:
        """Wait for a place at the site."""
        if not site:
            yield
            return
        with self._lock:
            gate = self._sites.setdefault(site, BoundedSemaphore(self.most))
        with gate:
            yield


@dataclass(frozen=True, slots=True)
class Means:
    """What the steps of one estate share."""

    platforms: Platforms
    archive: Archive
    secrets: OpenSecret
    pace: Pace
    gates: Gates
    dialler: Dialler = field(default_factory=Dialler)


MeansOf = Callable[[str], Means]
"""Gives the means for an estate by its folder."""


def handlers(means: MeansOf) -> tuple[StepHandler, ...]:
    """The handlers of a collection's steps."""
    return (
        StepHandler(run.COLLECT, lambda context: collect_step(context, means(context.payload["estate"]))),
        StepHandler(run.COMMIT, lambda context: commit_step(means(context.payload["estate"]))),
    )


def collect_step(context: StepContext, means: Means) -> Mapping[str, Any]:
    """Read one device; its configurations are on the disk, redacted, when this returns."""
    payload = context.payload
    device = payload["device"]
    platform = means.platforms.find(payload["platform"])
    redaction = Redaction(means.secrets(ARCHIVE_KEY))
    visit = Visit(opened(payload["way"], means.secrets), platform, means.pace, means.archive.size("running", device))
    try:
        with means.gates.through(payload["site"]):
            context.check_cancelled()
            collected = collect(visit, means.dialler)
    except (ReachError, AnswerError) as error:
        raise _failed(device, platform, redaction, error) from error
    texts = {kind: normal(platform, kind, redaction.text(platform, text)) for kind, text in collected.texts.items()}
    is_changed = means.archive.differs(device, texts)
    means.archive.hand_in(context.assignment.run_id, device, texts)
    detail = _detail(collected, texts) | {"changed": is_changed}
    return {**detail, **_told(device, "pass", detail)}


def commit_step(means: Means) -> Mapping[str, Any]:
    """Commit whatever was handed in, of this run and of those before it that were killed."""
    return {"commits": [commit.id for commit in means.archive.take_in()]}


def _detail(collected: Collected, texts: Mapping[Kind, str]) -> dict[str, Any]:
    running = texts["running"].encode()
    return {
        "digest": blake2b(running, digest_size=16).hexdigest(),
        "bytes": len(running),
        "is_saved": texts["saved"] == texts["running"] if "saved" in texts else None,
        "reported_name": collected.device_name,
        "clock": collected.clock,
        "missing": dict(collected.missing),
        "slowly": collected.was_slow,
        "seconds": round(collected.seconds, 2),
    }


def _failed(device: str, platform: Platform, redaction: Redaction, error: YiwangError) -> StepFailedError:
    said = normal(platform, "running", redaction.text(platform, getattr(error, "evidence", "")))
    detail = {"error": error.error.id, "problem": str(error), "said": said.splitlines()[-LINES_OF_EVIDENCE:]}
    verdict: Verdict = "unknown" if error.error.id == "E3010" else "fail"
    may_retry = error.error.id in MAY_GO_BETTER
    return StepFailedError(str(error), may_retry=may_retry, result={**detail, **_told(device, verdict, detail)})


def _told(device: str, verdict: Verdict, detail: Mapping[str, Any]) -> dict[str, Any]:
    return observed.told([Observation(Subject("device", device), EVIDENCE, verdict, detail)])
