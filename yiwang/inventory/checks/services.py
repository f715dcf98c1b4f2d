"""Time and logs: every node and device must have both."""

from __future__ import annotations

from collections.abc import Iterator

from yiwang.core.errors import Finding, code
from yiwang.core.i18n import N_
from yiwang.inventory.checks.finding import finding
from yiwang.inventory.estate import Estate

NO_TIME = code(
    "E1120",
    N_("no time source is declared"),
    N_("set `ntp:` here, or once for all under `defaults:`"),
    N_("Logs of hosts whose clocks differ prove nothing; audit clauses of GB/T 22239 ask for exact times."),
)
NO_LOG = code(
    "E1121",
    N_("no log target is declared"),
    N_("set `log:` here, or once for all under `defaults:`"),
    N_("The Cybersecurity Law, article 21, asks for network logs of at least six months, kept away from the host."),
)


def check(estate: Estate) -> Iterator[Finding]:
    """Every node and device has a time source and a log target; the server itself needs none of its own."""
    for kind in ("nodes", "devices"):
        for name, target in getattr(estate, kind).items():
            roles = getattr(target, "roles", ())
            if not target.ntp and "dns-time" not in roles:
                yield finding(estate, NO_TIME, "warning", (kind, name))
            if not target.log and "log-server" not in roles:
                yield finding(estate, NO_LOG, "warning", (kind, name))
