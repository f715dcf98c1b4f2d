"""Evaluating gates on a node, patiently: a service that was just started needs a moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from yiwang.core.errors import code, suggestion
from yiwang.core.i18n import N_
from yiwang.deploy.component import Gate
from yiwang.deploy.engine.faults import DeployError
from yiwang.deploy.engine.transport import Transport

UNKNOWN_GATE = code(
    "E2060",
    N_('there is no gate "{name}"{suggestion}'),
    N_("known gates: {known}; correct the component or rollout: gates:"),
)
BAD_ARGUMENTS = code(
    "E2061", N_('the gate "{name}" cannot be called so: {reason}'), N_("correct its arguments where it is asked for")
)

PATIENCE_SECONDS = 30
PAUSE_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a gate found: True passes, False fails, None could not be told; and what was seen."""

    passes: bool | None
    seen: str

    @property
    def word(self) -> str:
        """As evidence has it."""
        return {True: "pass", False: "fail", None: "unknown"}[self.passes]


Probe = Callable[..., Verdict]
"""Looks at a node over a transport, with the gate's arguments."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A gate with what it found."""

    gate: Gate
    verdict: Verdict

    @property
    def title(self) -> str:
        """The gate with its arguments, as people read it."""
        arguments = " ".join(f"{key}={value}" for key, value in self.gate.arguments.items())
        return f"{self.gate.name} {arguments}".strip()


def judge(
    gates: Iterable[Gate],
    node: Transport,
    probes: Mapping[str, Probe],
    *,
    patience_seconds: float = PATIENCE_SECONDS,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> list[Judged]:
    """Every gate with its verdict; those that do not pass are asked again until the patience is over.

    Raises:
        DeployError: a gate is unknown (E2060), or is called with other arguments (E2061).
        ReachError: the node cannot be reached, or the connection was lost.
    """
    end = time.monotonic() + patience_seconds
    return [_patiently(gate, node, probes, end, is_cancelled) for gate in gates]


def _patiently(
    gate: Gate, node: Transport, probes: Mapping[str, Probe], end: float, is_cancelled: Callable[[], bool]
) -> Judged:
    while True:
        verdict = ask(gate, node, probes)
        if verdict.passes or time.monotonic() > end or is_cancelled():
            return Judged(gate, verdict)
        time.sleep(PAUSE_SECONDS)


def ask(gate: Gate, node: Transport, probes: Mapping[str, Probe]) -> Verdict:
    """Ask one gate once; errors as :func:`judge`."""
    if gate.name not in probes:
        known = ", ".join(sorted(probes))
        raise DeployError(UNKNOWN_GATE, name=gate.name, known=known, suggestion=suggestion(gate.name, probes))
    try:
        return probes[gate.name](node, **gate.arguments)
    except TypeError as error:
        raise DeployError(BAD_ARGUMENTS, name=gate.name, reason=error) from error
