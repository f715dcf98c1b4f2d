"""Drift by the clock: the run that a schedule begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yiwang.core.errors import JobError, Position, code
from yiwang.core.i18n import N_
from yiwang.core.validation import Declared, validate
from yiwang.deploy.rollout import DRIFT_KIND

if TYPE_CHECKING:
    from yiwang.core.jobs.model import RunPlan
    from yiwang.deploy.service import Deployment

REQUESTER = "schedule"
BAD_PARAMETERS = code(
    "E2059", N_("the parameters of drift cannot be used: {details}"), N_("known: selector, estate (a folder)")
)


class Parameters(Declared):
    """What a schedule may say about drift: of which nodes, of the estate in which folder (default: the nearest)."""

    selector: str = ""
    estate: Path | None = None


def planned(deployment: Callable[[Path | None], Deployment], parameters: Mapping[str, Any]) -> RunPlan:
    """The run from a schedule's parameters.

    Raises:
        JobError: a parameter is unknown (E2059).
        YiwangError: the estate cannot be read, or nothing in it is selected.
    """
    values, findings = validate(Parameters, dict(parameters), lambda _path, _of_key: Position(Path(DRIFT_KIND)))
    if values is None:
        raise JobError(BAD_PARAMETERS, details="; ".join(f"{each.subject} {each.message}" for each in findings))
    return deployment(values.estate).drift(values.selector, REQUESTER)
