"""Facts as evidence: what was seen of a device, or why nothing was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from yiwang.core.evidence import Observation, Subject
from yiwang.network.snmp.facts.facts import Facts
from yiwang.network.snmp.polling import Polled

KIND = "snmp.facts"
NOTHING: tuple[Any, ...] = (None, "", (), [], {})


def plain_facts(facts: Facts) -> dict[str, Any]:
    """Facts as plain data: times in ISO 8601, values that the device did not tell left out."""
    plain: dict[str, Any] = _plain(asdict(facts))
    return plain


def observation(polled: Polled[Facts], *, run: str | None = None) -> Observation:
    """What to record of a device: pass with its facts, unknown with the error's code and values."""
    subject = Subject("device", polled.device)
    if polled.told:
        return Observation(subject, KIND, "pass", plain_facts(polled.told), run, polled.told.time)
    error = polled.error
    detail = {"code": error.error.id, "values": _plain(error.values)} if error else {}
    return Observation(subject, KIND, "unknown", detail, run)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items() if each not in NOTHING}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, int | float | str) else str(value)
