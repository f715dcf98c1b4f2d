"""Collecting from one device: quickly, and when the answer is in doubt once more slowly."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from yiwang.network.collect.completeness import doubt
from yiwang.network.collect.dial import Dialler, hang_up
from yiwang.network.collect.faults import INCOMPLETE, AnswerError
from yiwang.network.collect.pace import Pace
from yiwang.network.collect.way import Way

if TYPE_CHECKING:
    from yiwang.network.archive.archive import Kind
    from yiwang.network.collect.session import Lean
    from yiwang.network.platforms.model import Platform


@dataclass(frozen=True, slots=True)
class Visit:
    """What is to be collected: from whom, of which platform, how fast; ``last_bytes`` is the size of the last one."""

    way: Way
    platform: Platform
    pace: Pace
    last_bytes: int = 0

    @property
    def name(self) -> str:
        """The device's name in the estate."""
        return self.way[-1].name


@dataclass(frozen=True, slots=True)
class Collected:
    """What a device said, with its secrets; ``missing`` tells why an output beside the configuration is not there.

    ``clock`` is the device's own words for the time, ``device_name`` the name in its prompt, ``was_slow`` says that
    the configuration came whole on the second try only.
    """

    texts: Mapping[Kind, str] = field(repr=False)
    device_name: str
    clock: str
    missing: Mapping[str, str]
    was_slow: bool
    seconds: float


def collect(visit: Visit, dialler: Dialler) -> Collected:
    """Read a device's configurations, version and clock.

    Raises:
        ReachError: it cannot be spoken to.
        AnswerError: it refuses a command, falls silent, or its configuration is not whole (E3020) even when it is
            asked slowly; the error's ``evidence`` is the end of what it said, with its secrets.
    """
    began = time.monotonic()
    try:
        return _visited(visit, dialler, began, was_slow=False)
    except AnswerError as error:
        if error.error.id not in AGAIN:
            raise
    slow = Visit(visit.way, visit.platform, visit.pace.slower(), visit.last_bytes)
    return _visited(slow, dialler, began, was_slow=True)


AGAIN = frozenset(("E3015", "E3016", "E3020"))
"""What may go better slowly."""


def _visited(visit: Visit, dialler: Dialler, began: float, *, was_slow: bool) -> Collected:
    # netmiko takes half a second to load.
    from yiwang.network.collect.session import open_session

    client = dialler.dial(visit.way, visit.pace)
    try:
        session = open_session(client, visit.way[-1], visit.platform, visit.pace)
        running = _whole(visit, session.ask(visit.platform.commands.running))
        texts: dict[Kind, str] = {"running": running}
        missing = _beside(visit, session, texts)
        clock = session.ask(visit.platform.commands.time).strip() if visit.platform.commands.time else ""
        name = session.device_name
    finally:
        hang_up(client)
    return Collected(texts, name, clock, missing, was_slow, time.monotonic() - began)


def _whole(visit: Visit, text: str) -> str:
    if reason := doubt(visit.platform, text, visit.last_bytes):
        error = AnswerError(INCOMPLETE, name=visit.name, reason=reason)
        error.evidence = text
        raise error
    return text


def _beside(visit: Visit, session: Lean, texts: dict[Kind, str]) -> dict[str, str]:
    """Add what is good to have; the reasons for what is missing."""
    missing = {}
    commands = visit.platform.commands
    wanted: dict[Kind, str | None] = {"saved": commands.saved, "version": commands.version}
    for kind, command in wanted.items():
        if command is None:
            continue
        try:
            text = session.ask(command)
            is_unsaved = any(each.search(text) for each in visit.platform.output.unsaved)
            texts[kind] = "" if is_unsaved else _whole(visit, text) if kind == "saved" else text
        except AnswerError as error:
            if error.error.id == "E3016":
                # Whatever it says now may still be the answer to this.
                raise
            missing[str(kind)] = str(error)
    return missing
