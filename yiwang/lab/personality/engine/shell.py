"""The login shell of a device's account: ``shell``, or ``shell -c COMMAND`` for a single command."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from yiwang.lab.personality.engine.device import DEVICE_FILE, load
from yiwang.lab.personality.engine.platform import PLATFORM_FILE
from yiwang.lab.personality.engine.platform import load as load_platform
from yiwang.lab.personality.engine.session import Session
from yiwang.lab.personality.engine.terminal import raw, standard


def main(arguments: list[str] | None = None) -> int:
    """Serve one login; ``--device FILE --platform FILE`` name other files than the device's own."""
    given = dict(zip(*[iter(sys.argv[1:] if arguments is None else arguments)] * 2, strict=False))
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    device = load(given.get("--device", DEVICE_FILE))
    session = Session(device, load_platform(Path(given.get("--platform", PLATFORM_FILE))), standard())
    if command := given.get("-c") or os.environ.get("SSH_ORIGINAL_COMMAND"):
        session.terminal.lines = 0
        session.execute(command)
        session.applier.flush()
        return 0
    with raw(0):
        session.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
