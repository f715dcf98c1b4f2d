"""The process in which ansible-core runs: nothing of it outlives the controller, not even ``kill -9``.

Called as ``python -m yiwang.deploy.playbooks.program CONTROLLER FOLDER WORDS…``: the controller's process,
a folder of ours that is removed when the controller is no more, and the words of ``ansible-playbook``.

Ansible's workers and what they start leave their session and their parent, so that a signal to a group
does not reach them.  Here they all are adopted by this process, which ends when they have ended.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ADOPT_ORPHANS = 36
"""PR_SET_CHILD_SUBREAPER of prctl(2)."""
LOOK_SECONDS = 0.5
SIGNALS = (signal.SIGCHLD, signal.SIGTERM)
STOPPED = 143
BUILT = "YIWANG_PLAYBOOK_BUILT"
"""Names the folder of modules that are ready to be sent; to build them takes most of the time."""


def main(words: list[str]) -> int:
    """Run the playbook; its exit code, or 143 when it was stopped."""
    controller, folder, *given = words
    ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1, 0, 0, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    child = os.fork()
    if not child:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        os._exit(_play(given))
    try:
        return _wait(child, int(controller))
    finally:
        _end_all()
        if os.getppid() != int(controller):
            shutil.rmtree(folder, ignore_errors=True)


def _wait(child: int, controller: int) -> int:
    while os.getppid() == controller:
        told = signal.sigtimedwait(SIGNALS, LOOK_SECONDS)
        if told and told.si_signo == signal.SIGTERM:
            return STOPPED
        process, status = os.waitpid(child, os.WNOHANG)
        if process:
            return os.waitstatus_to_exitcode(status)
    return STOPPED


def _end_all() -> None:
    """End every process below this one; those of an ended one come here."""
    while children := list(_children()):
        for process in children:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


def _children() -> Iterator[int]:
    own = str(os.getpid())
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name of a program may hold blanks and brackets.
            if entry.read_text().rpartition(")")[2].split()[1] == own:
                yield int(entry.parent.name)
        except OSError:
            continue


def _play(words: list[str]) -> int:
    """Be ``ansible-playbook``."""
    from ansible import constants
    from ansible.cli.playbook import PlaybookCLI
    from ansible.executor import task_result
    from ansible.parsing.vault import VaultLib

    VaultLib.decrypt = _telling(VaultLib.decrypt)
    if BUILT in os.environ:
        # Ansible looks for modules that it has built in its own folder for this one run.
        Path(constants.DEFAULT_LOCAL_TMP, "ansiballz_cache").symlink_to(os.environ[BUILT])
    # Why a task was passed over is Ansible's own phrase, and stays when no_log hides the rest.
    task_result._PRESERVE.update(("skip_reason", "skipped_reason"))  # noqa: SLF001
    try:
        PlaybookCLI.cli_executor(["ansible-playbook", *words])
    except SystemExit as ended:
        return int(ended.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _telling(decrypt: Any) -> Any:
    """Whatever is decrypted is told, so that it is hidden before any result can show it."""
    from yiwang.deploy.playbooks.asking import ask

    def decrypt_and_tell(self: Any, *args: Any, **kwargs: Any) -> Any:
        text = decrypt(self, *args, **kwargs)
        ask({"do": "hide", "text": text.decode("utf-8", "surrogateescape")})
        return text

    return decrypt_and_tell


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
