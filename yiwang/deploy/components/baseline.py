"""``baseline``: what every node has, whatever its roles.

It serves the clauses of GB/T 22239-2019 on the secure computing environment, level 3 (level 2 has the same
under 7.1.4), that a host can serve; :mod:`yiwang.deploy.host_audit` looks whether a host does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from yiwang.core.i18n import N_
from yiwang.deploy.component import Component, Gate, Secrets
from yiwang.deploy.components.host import account, audit, clock, firewall, kernel, log, login, package, resolver

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate

CLAUSES = {
    "account": ("8.1.4.1", "8.1.4.2", "8.1.5.1"),
    "login": ("8.1.4.1", "8.1.4.2", "8.1.4.8"),
    "clock": ("8.1.4.3",),
    "kernel": ("8.1.4.4",),
    "audit": ("8.1.4.3",),
    "log": ("8.1.4.3", "8.1.4.7", "8.1.4.8", "8.1.5.4"),
    "firewall": ("8.1.3.2", "8.1.4.4"),
    "package": ("8.1.4.4",),
}
"""The clauses that each part serves."""


class Baseline(
    account.Accounts,
    login.Logins,
    clock.Clock,
    kernel.Kernel,
    audit.Audit,
    log.Logs,
    firewall.Firewall,
    package.Packages,
    resolver.Resolver,
):
    """The values of the component."""


def derive(estate: Estate, name: str) -> Mapping[str, Any]:
    """What follows from the estate."""
    parts = (account, login, clock, kernel, log, firewall, package, resolver)
    return {key: value for part in parts for key, value in part.derive(estate, name).items()}


def deploy(spec: Baseline, secrets: Secrets) -> None:
    """Everything; what could lock out its own operator comes last."""
    package.deploy(spec)
    clock.deploy(spec)
    kernel.deploy(spec)
    audit.deploy(spec)
    log.deploy(spec, secrets)
    package.deploy_updates(spec)
    resolver.deploy(spec)
    login.deploy(spec)
    account.deploy(spec)
    firewall.deploy(spec)


def gates(spec: Baseline) -> tuple[Gate, ...]:
    """SSH still works, the time is right, logs arrive, the firewall stands."""
    return (*firewall.gates(spec), *clock.gates(spec), *log.gates(spec))


COMPONENT = Component(
    name="baseline",
    title=N_("baseline hardening"),
    spec=Baseline,
    deploy=deploy,
    derive=derive,
    gates=gates,
    clauses=tuple(sorted({clause for clauses in CLAUSES.values() for clause in clauses})),
)
