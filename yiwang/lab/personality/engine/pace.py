"""How slow the device is to answer: nothing by default, a file says otherwise while it exists."""

from __future__ import annotations

import time
from pathlib import Path

SLOW_FILE = Path("/run/yiwang/slow")
LONGEST_SECONDS = 600.0


def seconds(moment: str, file: Path = SLOW_FILE) -> float:
    """How long to wait at this moment, by the file: ``login=1 prompt=0.2 line=0.01``."""
    try:
        said = dict(word.split("=", 1) for word in file.read_text("ascii").split())
        return min(float(said.get(moment, 0)), LONGEST_SECONDS)
    except (OSError, ValueError):
        return 0.0


def pause(moment: str) -> None:
    """Wait as long as the file says for this moment."""
    if wait := seconds(moment):
        time.sleep(wait)
