"""What runs on a node while it is looked at or changed: sent over SSH's standard input, kept nowhere.

It needs nothing but Python 3.8 or newer and its standard library, and reads and writes frames: four
bytes of length, then JSON.  It ends when its standard input does.  Commands are given to ``/bin/sh`` as
a file in memory, so that neither they nor what they carry shows in the node's list of processes.

This file is sent as text, after ``answers.py``.
"""

# pathlib and contextlib take longer to import than all the rest.
# ruff: noqa: PTH103, PTH104, PTH108, PTH116, PTH118, PTH120, PTH123, SIM105

from __future__ import annotations

import base64
import errno
import fcntl
import json
import os
import select
import signal
import sys
import time

try:
    # Without the whole of OpenSSL, which hashlib loads.
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

if "known" not in globals():
    # On a node both files are read one after the other, and it is there.
    from yiwang.deploy.engine.answers import known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    Outputs = list[tuple[int, bytes, bytes]]

SHELL = "/bin/sh"
NOTHING = os.open(os.devnull, os.O_RDWR)
OUTPUT_LIMIT = 16 << 20
TIMED_OUT = -1
UNFINISHED = ".yiwang-unfinished"


def in_memory(content: bytes = b"") -> int:
    """A file in memory that holds the content, at its beginning."""
    handle = os.memfd_create("yiwang", os.MFD_CLOEXEC)
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]
    os.lseek(handle, 0, os.SEEK_SET)
    return handle


def content_of(handle: int, limit: int = OUTPUT_LIMIT) -> bytes:
    """What was written to a file in memory."""
    os.lseek(handle, 0, os.SEEK_SET)
    parts = []
    while limit > 0:
        part = os.read(handle, min(limit, 1 << 20))
        if not part:
            break
        parts.append(part)
        limit -= len(part)
    return b"".join(parts)


def spawn(command: str, stdin: int, stdout: int, stderr: int) -> int:
    """Start a command in a session of its own; the number of its process."""
    script = in_memory(command.encode("utf-8", "surrogateescape"))
    # The shell reads its script at its own pace, so the place must be a number that the command leaves alone.
    actions = [
        (os.POSIX_SPAWN_DUP2, stdin, 0),
        (os.POSIX_SPAWN_DUP2, stdout, 1),
        (os.POSIX_SPAWN_DUP2, stderr, 2),
        (os.POSIX_SPAWN_DUP2, script, 199),
    ]
    try:
        return os.posix_spawn(
            SHELL,
            [SHELL, "/proc/self/fd/199"],
            os.environ,
            file_actions=actions,
            setsid=True,
            setsigmask=(),
            setsigdef=(signal.SIGPIPE,),
        )
    finally:
        os.close(script)


def exit_code(status: int) -> int:
    """A shell's idea of how a process ended."""
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def end(process: int) -> None:
    """Kill a process with all that it started."""
    try:
        os.killpg(process, signal.SIGKILL)
    except OSError:
        pass


class Batch:
    """Commands that only look, a few at a time; their outputs in the order of the commands."""

    def __init__(self, commands: list[str], parallel: int, timeout: float) -> None:
        self.waiting = list(enumerate(commands))[::-1]
        self.parallel, self.timeout = parallel, timeout
        self.running: dict[int, tuple[int, int, int, float]] = {}
        self.results: Outputs = [(TIMED_OUT, b"", b"")] * len(commands)

    def outputs(self) -> Outputs:
        """Run them all."""
        while self.waiting or self.running:
            while self.waiting and len(self.running) < self.parallel:
                self.start(*self.waiting.pop())
            if self.running:
                self.reap()
        return self.results

    def start(self, index: int, command: str) -> None:
        """Start one more, unless it can be answered at once."""
        answered = known(command)
        if answered is not None:
            self.results[index] = (0, answered.encode("utf-8", "surrogateescape"), b"")
            return
        out, err = in_memory(), in_memory()
        process = spawn(command, NOTHING, out, err)
        self.running[process] = (index, out, err, time.monotonic() + self.timeout)

    def reap(self) -> None:
        """Wait until one has ended, or its time has run out."""
        first = min(entry[3] for entry in self.running.values())
        signal.sigtimedwait([signal.SIGCHLD], max(0.0, first - time.monotonic()))
        for process, entry in list(self.running.items()):
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                self.finish(process, exit_code(status))
            elif time.monotonic() > entry[3]:
                end(process)
                os.waitpid(process, 0)
                self.finish(process, TIMED_OUT)

    def finish(self, process: int, code: int) -> None:
        """Take what one has said."""
        index, out, err, _until = self.running.pop(process)
        self.results[index] = (code, content_of(out), content_of(err))
        os.close(out)
        os.close(err)


def digest(outputs: Outputs) -> str:
    """One digest over all outputs; what a command complained about counts only when it failed."""
    whole = blake2b(digest_size=32)
    for code, out, err in outputs:
        err = err if code else b""
        whole.update(b"%d %d %d\n" % (code, len(out), len(err)))
        whole.update(out)
        whole.update(err)
    return whole.hexdigest()


def text(content: bytes) -> str:
    """Bytes as text that keeps every one of them."""
    return content.decode("utf-8", "surrogateescape")


def batch(request: dict[str, Any]) -> dict[str, Any]:
    """Many commands; their outputs stay here when they are as expected."""
    outputs = Batch(request["commands"], request["parallel"], request["timeout"]).outputs()
    found = digest(outputs)
    if found == request.get("expect"):
        return {"digest": found}
    return {"digest": found, "outputs": [(code, text(out), text(err)) for code, out, err in outputs]}


def run(request: dict[str, Any]) -> dict[str, Any]:
    """One command; what it says is passed on as it says it."""
    given = in_memory(base64.b64decode(request.get("stdin") or ""))
    pipes = [os.pipe(), os.pipe()]
    process = spawn(request["command"], given, pipes[0][1], pipes[1][1])
    os.close(given)
    for _read, write in pipes:
        os.close(write)
    until = time.monotonic() + request["timeout"] if request.get("timeout") else None
    timed_out = follow(process, {pipes[0][0]: "out", pipes[1][0]: "err"}, until)
    if timed_out:
        end(process)
    _ended, status = os.waitpid(process, 0)
    return {"code": TIMED_OUT if timed_out else exit_code(status)}


def follow(process: int, streams: dict[int, str], until: float | None) -> bool:
    """Pass on what comes until the command has ended; whether its time ran out before."""
    ended, heard = False, True
    while streams:
        if until and time.monotonic() > until:
            return True
        ready, _write, _error = select.select(list(streams), [], [], 0.2)
        for handle in ready:
            part = os.read(handle, 1 << 16)
            if part:
                heard = heard and said({streams[handle]: text(part)})
            else:
                del streams[handle]
                os.close(handle)
        # A daemon that the command started may keep the pipes open for ever.
        if not ready and ended:
            break
        ended = ended or os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    for handle in streams:
        os.close(handle)
    return False


def put(request: dict[str, Any]) -> dict[str, Any]:
    """Write a file beside its place and rename it, so that it is the old or the new one whatever happens."""
    content = base64.b64decode(request["content"])
    place = os.path.realpath(request["path"])
    folder, name = os.path.split(place)
    beside = os.path.join(folder, "." + name + UNFINISHED)
    try:
        before = os.stat(place)
    except OSError:
        before = None
    try:
        os.unlink(beside)
    except OSError:
        pass
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(handle, rest) :]
        if before:
            keep(handle, place, before)
        if request.get("mode") is not None:
            os.fchmod(handle, request["mode"])
        elif not before:
            os.fchmod(handle, 0o644)
        os.fsync(handle)
    finally:
        os.close(handle)
    os.rename(beside, place)
    flush(folder)
    return {}


def keep(handle: int, place: str, before: os.stat_result) -> None:
    """Give a new file the owner, mode and attributes of the one that it replaces."""
    try:
        os.fchown(handle, before.st_uid, before.st_gid)
    except OSError:
        pass
    os.fchmod(handle, before.st_mode & 0o7777)
    try:
        for each in os.listxattr(place):
            os.setxattr(handle, each, os.getxattr(place, each))
    except OSError:
        pass


def flush(folder: str) -> None:
    """Put what a folder lists on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def get(request: dict[str, Any]) -> dict[str, Any]:
    """A file's beginning, and its whole size."""
    with open(request["path"], "rb") as file:
        content = file.read(request["limit"])
        return {"content": base64.b64encode(content).decode(), "size": os.fstat(file.fileno()).st_size}


def lock(request: dict[str, Any]) -> dict[str, Any]:
    """Hold a file for as long as this agent lives, so that two never change a node at once."""
    os.makedirs(os.path.dirname(request["path"]), exist_ok=True)
    handle = os.open(request["path"], os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + request["wait"]
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
        else:
            return {"held": True}
        if time.monotonic() > until:
            os.close(handle)
            return {"held": False}
        time.sleep(0.1)


DOERS = {"batch": batch, "run": run, "put": put, "get": get, "lock": lock}


def receive(stream: BinaryIO) -> Any:
    """The next request; None when there are no more."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    size = int.from_bytes(head, "big")
    body = stream.read(size)
    return json.loads(body) if len(body) == size else None


def answer(value: dict[str, Any]) -> None:
    """Write one frame."""
    body = json.dumps(value).encode()
    rest = memoryview(len(body).to_bytes(4, "big") + body)
    while rest:
        rest = rest[os.write(1, rest) :]


def said(value: dict[str, Any]) -> bool:
    """Whether anyone listens: a command goes on to its end when its controller is gone."""
    try:
        answer(value)
    except OSError:
        return False
    return True


def serve(stream: BinaryIO) -> None:
    """Answer requests until there are no more."""
    os.dup2(NOTHING, 2)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    os.write(1, b"yiwang-agent/1\n")
    while True:
        request = receive(stream)
        if request is None:
            return
        try:
            done = DOERS[request["do"]](request)
        except OSError as error:
            done = {"error": error.strerror or str(error)}
        except (KeyError, ValueError) as error:
            done = {"error": repr(error)}
        if not said({"done": done}):
            return


if __name__ == "__main__":
    serve(sys.stdin.buffer)
