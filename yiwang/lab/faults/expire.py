"""Clears a fault whose time is over: ``python -m yiwang.lab.faults.expire FOLDER ID``, started to sleep until then."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from yiwang.core.errors import NotFoundError
from yiwang.lab import cgroup
from yiwang.lab.faults.case import GROUP
from yiwang.lab.faults.force import clear
from yiwang.lab.lab import Lab
from yiwang.lab.state import LabFolder


def main(folder: Path, id: str) -> None:
    """Clear a fault; one that somebody has cleared before is nothing to do."""
    lab = Lab(LabFolder(folder), LabFolder(folder).read())
    # Clearing ends everything in the timer's own group: this process must not be in it any more.
    for group in cgroup.groups(lab.layout.slot, GROUP):
        (group / "cgroup.procs").write_text(str(os.getpid()))
    try:
        clear(lab, id)
    except NotFoundError:
        return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
