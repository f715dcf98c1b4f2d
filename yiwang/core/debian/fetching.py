"""How this machine's apt reaches its package sources: proxy, certificates, credentials, patience."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

# Branches of apt.conf(5) that say how to fetch; all others are about this machine's own packages.
FETCHING = re.compile(
    r"Acquire::(https?|ftp|Check-Valid-Until|Check-Date|Max-FutureTime|Min-ValidTime|Max-ValidTime"
    r"|Retries|ForceIPv[46]|Queue-Mode|AllowWeakRepositories)\b",
    re.IGNORECASE,
)
CREDENTIALS = {"Dir::Etc::netrc": "auth.conf", "Dir::Etc::netrcparts": "auth.conf.d"}


def apt_settings(folder: Path = Path("/etc/apt")) -> str:
    """The machine's settings for fetching, in apt's own form; credentials are named by their place only.

    A proxy's address may hold a password: write this to files that nobody else reads.
    """
    return "".join(f"{line}\n" for line in (*_dumped(), *_credentials(folder)))


def apt_config(*words: str) -> str:
    """What ``apt-config`` prints."""
    return subprocess.run(["apt-config", *words], capture_output=True, text=True, errors="replace", check=True).stdout


def _dumped() -> Iterator[str]:
    return (line for line in apt_config("dump").splitlines() if FETCHING.match(line))


def _credentials(folder: Path) -> Iterator[str]:
    return (f'{option} "{folder / name}";' for option, name in CREDENTIALS.items() if (folder / name).exists())
