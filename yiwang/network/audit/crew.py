"""Auditing a large number of configurations in several processes, with the results of one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from yiwang.network.audit.auditor import Auditor, Judged, Refused
from yiwang.network.audit.report import Report
from yiwang.network.audit.subject import Subject

FEWEST = 1000
"""Configurations below which one process is done before others have begun."""
BATCH = 20
"""Configurations that a process takes at once."""

Results = Iterator[tuple[Subject, Judged | Refused]]

_own: list[Auditor] = []
"""The auditor of a process of the crew."""


def audited(auditor: Auditor, subjects: Sequence[Subject], processes: int | None = None) -> Iterator[Report | Refused]:
    """One result for each subject, in their order, and the same as of :meth:`Auditor.audit`.

    ``processes`` is how many to use; by default all processors for many configurations and none beside this
    one for few.
    """
    count = processes or (len(os.sched_getaffinity(0)) if len(subjects) >= FEWEST else 1)
    # A process with several threads cannot be forked safely.
    if count == 1 or threading.active_count() > 1:
        return auditor.audit(subjects)
    return auditor.reports(_judged(auditor, subjects, count))


def _judged(auditor: Auditor, subjects: Sequence[Subject], count: int) -> Results:
    done = 0
    try:
        for subject, each in zip(subjects, _spread(auditor, subjects, count), strict=True):
            yield subject, each
            done += 1
    except BrokenProcessPool:
        # One was killed, most likely for want of memory: what is left is done here.
        yield from ((subject, auditor.one(subject)) for subject in subjects[done:])


def _spread(auditor: Auditor, subjects: Sequence[Subject], count: int) -> Iterator[Judged | Refused]:
    if auditor.memory:
        auditor.memory.close()
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(count, context, initializer=_begin, initargs=(auditor,)) as crew:
        for batch in crew.map(_work, (subjects[at : at + BATCH] for at in range(0, len(subjects), BATCH))):
            yield from batch


def _begin(auditor: Auditor) -> None:
    # An interrupt from the keyboard reaches all processes; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _own.append(auditor)


def _work(subjects: Sequence[Subject]) -> list[Judged | Refused]:
    return [_packed(_own[-1].one(each)) for each in subjects]


def _packed(judged: Judged | Refused) -> Judged | Refused:
    return judged if isinstance(judged, Refused) else Judged(judged.platform, None, judged.content(), judged.key)
