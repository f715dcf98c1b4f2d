"""What the SSH client and sudo complain about, told as one of our errors."""

from __future__ import annotations

import re

from yiwang.core.errors import ErrorCode
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.faults import HOST_KEY, LOST, NO_SUDO, REFUSED, UNREACHABLE, ReachError

# The first that is found decides.
SIGNS: tuple[tuple[str, ErrorCode], ...] = (
    (r"REMOTE HOST IDENTIFICATION|[Hh]ost key verification failed|No .* host key is known", HOST_KEY),
    (r"Permission denied|Too many authentication failures|no mutual signature", REFUSED),
    (r"^sudo:|is not in the sudoers|is not allowed to execute", NO_SUDO),
    (
        r"connect to host|Could not resolve|Connection timed out|Connection refused|No route|banner exchange",
        UNREACHABLE,
    ),
)
NOISE = re.compile(r"^(@+|\s*|@.*@)$")


def mishap(endpoint: Endpoint, said: str, *, was_connected: bool) -> ReachError:
    """The error for what a client that has ended said."""
    found = LOST if was_connected else UNREACHABLE
    for sign, error in () if was_connected else SIGNS:
        if re.search(sign, said, re.MULTILINE):
            found = error
            break
    return ReachError(found, target=endpoint.name, user=endpoint.user, reason=_last_line(said))


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if not NOISE.match(line)]
    return lines[-1] if lines else "-"
