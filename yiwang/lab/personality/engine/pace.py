"""How slow the device is to answer: nothing by default, a file says otherwise while it exists."""

from __future__ import annotations

import time
from pathlib import Path

SLOW_FILE = Path("/run/yiwang/slow")


def pause(moment: str, file: Path = SLOW_FILE) -> None:
    """Wait as long as the file says for this moment: ``login=1 prompt=0.2 line=0.01``, in seconds."""
    try:
        said = dict(word.split("=", 1) for word in file.read_text("ascii").split())
        time.sleep(min(float(said.get(moment, 0)), 600))
    except (OSError, ValueError):
        return
