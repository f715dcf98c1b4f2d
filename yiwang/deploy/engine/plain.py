"""The transport for a node without Python: one SSH client a command, correct and slower."""

from __future__ import annotations

import os
import secrets
import shlex
import subprocess
from collections.abc import Sequence

from yiwang.deploy.engine import ssh
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.faults import CANNOT_WRITE, DeployError
from yiwang.deploy.engine.handover import Handover
from yiwang.deploy.engine.mishap import mishap
from yiwang.deploy.engine.transport import LOOK_SECONDS, TIMED_OUT, Fetched, Look, Output, Say, digest

MARK = "yiwang-begin"
LOST = 255
"""What SSH's client ends with when it is not the command that failed."""


class Plain:
    """A connection made anew for every command."""

    def __init__(self, endpoint: Endpoint, dialling: ssh.Dialling) -> None:
        self.round_trips = 0
        self._endpoint = endpoint
        self._dialling = dialling

    def look(self, commands: Sequence[str], *, expect: str | None = None) -> Look:
        """Run commands one after the other."""
        outputs = tuple(self.run(command, timeout=LOOK_SECONDS) for command in commands)
        found = digest(outputs)
        return Look(found, None if found == expect else outputs)

    def run(self, command: str, *, stdin: bytes = b"", timeout: float | None = None, say: Say | None = None) -> Output:
        """Run one command; it goes over standard input, so that nobody sees it in a list of processes."""
        script = command.encode("utf-8", "surrogateescape")
        output = self._shell(_reading(script, self._endpoint), script + stdin, timeout)
        if say and (said := output.out + output.err):
            say(said)
        return output

    def put(self, path: str, content: bytes, *, mode: int | None = None) -> None:
        """Write a file whole."""
        done = self.run(_putting(path, mode), stdin=content, timeout=LOOK_SECONDS)
        if done.code:
            raise DeployError(CANNOT_WRITE, target=self._endpoint.name, path=path, reason=done.err.strip())

    def get(self, path: str, *, limit: int) -> Fetched | None:
        """The beginning of a file; None when there is none."""
        name = shlex.quote(path)
        done = self.run(f"[ -f {name} ] && wc -c <{name} && head -c {limit} {name}", timeout=LOOK_SECONDS)
        if done.code:
            return None
        size, _newline, content = done.out.partition("\n")
        return Fetched(content.encode("utf-8", "surrogateescape"), int(size))

    def lock(self, *, wait: float) -> bool:
        """There is nothing that could hold a lock between two commands."""
        return True

    def close(self) -> None:
        """There is no connection to end."""

    def _shell(self, remote: str, given: bytes, timeout: float | None) -> Output:
        handover = Handover()
        try:
            client = ssh.client(self._endpoint, handover, self._dialling, remote)
            done = subprocess.run(
                client.words,
                input=self._prologue() + given,
                capture_output=True,
                env=dict(client.environment),
                timeout=timeout,
                check=False,
                start_new_session=True,
            )
        except subprocess.TimeoutExpired:
            return Output(TIMED_OUT)
        finally:
            handover.close()
        self.round_trips += 1
        out, err = (os.fsdecode(each) for each in (done.stdout, done.stderr))
        if done.returncode == LOST:
            raise mishap(self._endpoint, err, was_connected=False)
        return Output(done.returncode, out, err)

    def _prologue(self) -> bytes:
        mark = f"{MARK}\n".encode()
        if self._endpoint.needs_sudo and self._endpoint.password:
            return self._endpoint.password.reveal().encode() + b"\n" + mark
        return mark


def _reading(script: bytes, endpoint: Endpoint) -> str:
    """A command that reads its script from standard input, to a file only root can read, and runs it."""
    # A password that sudo did not ask for stands before the mark.  Neither `read` nor `head` takes more
    # than it is told, so that the rest is the script's own input.
    skip = f'while IFS= read -r l && [ "$l" != {MARK} ]; do :; done'
    inner = f'{skip}; umask 077; s=$(mktemp) && head -c {len(script)} >"$s" && sh "$s"; c=$?; rm -f "$s"; exit $c'
    words = f"sh -c {shlex.quote(inner)}"
    if not endpoint.needs_sudo:
        return words
    return f"sudo -n {words}" if endpoint.password is None else f"sudo -S -p '' {words}"


def _putting(path: str, mode: int | None) -> str:
    """Write standard input beside the file and rename it; an old file keeps its owner and mode."""
    beside = f".yiwang-{secrets.token_hex(6)}"
    given = "" if mode is None else f'chmod {mode:o} "$t"\n'
    return f"""set -e
p=$(readlink -f {shlex.quote(path)})
t=$(dirname "$p")/{beside}
trap 'rm -f "$t"' EXIT
umask 077
cat >"$t"
if [ -e "$p" ]; then chown --reference="$p" "$t"; chmod --reference="$p" "$t"; else chmod 644 "$t"; fi
{given}mv -f "$t" "$p"
"""
