"""One SSH client with one agent behind it: the transport that is used wherever the node has Python."""

from __future__ import annotations

import base64
import os
import select
import shlex
import subprocess
import time
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

from yiwang.core.vault.secret import Secret
from yiwang.deploy.engine import ssh
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.faults import CANNOT_WRITE, LOST, NO_ANSWER, DeployError, ReachError
from yiwang.deploy.engine.frames import Decoder, FrameError, encode
from yiwang.deploy.engine.handover import Handover
from yiwang.deploy.engine.mishap import mishap
from yiwang.deploy.engine.transport import LOOK_SECONDS, Fetched, Look, Output, Say

AGENT = tuple((files(__package__) / name).read_bytes() for name in ("answers.py", "agent.py"))
HELLO = b"yiwang-agent/1\n"
PLAIN = b"yiwang-plain\n"
MARK = "yiwang-begin"
PARALLEL = 4
GREETING_LIMIT = 64 << 10
MARGIN_SECONDS = 30
LOCK = "/run/yiwang/change.lock"

# Whatever comes before the mark, such as a password that sudo did not ask for, is passed over.
BEGIN = (
    "import sys;r=sys.stdin.buffer\n"
    f"if sys.version_info<(3,8):sys.exit(print({PLAIN.decode().strip()!r}))\n"
    "for l in iter(r.readline,b''):\n"
    f" if l.strip()==b{MARK!r}:break\n"
    "else:sys.exit(1)\n"
    f"for n in {[len(each) for each in AGENT]}:exec(compile(r.read(n),'agent','exec'))"
)


class NoPython(Exception):  # noqa: N818 - not an error: the plain transport takes over
    """The node has no Python; ``dialling`` is how it was reached."""

    def __init__(self, dialling: ssh.Dialling) -> None:
        super().__init__()
        self.dialling = dialling


class Channel:
    """A connection through an agent on the node."""

    def __init__(self, endpoint: Endpoint, dialling: ssh.Dialling = ssh.Dialling()) -> None:  # noqa: B008 - frozen
        self.round_trips = 0
        self._endpoint = endpoint
        self._dialling = dialling
        self._decoder = Decoder()
        self._greeted = False
        self._greeting = b""
        self._seconds = dialling.connect_seconds * (1 + len(endpoint.via)) + MARGIN_SECONDS
        self._handover = Handover()
        self._complaints = os.memfd_create("yiwang", os.MFD_CLOEXEC)
        try:
            self._process = self._start(ssh.client(endpoint, self._handover, dialling, _remote(endpoint)))
        except BaseException:
            self._forget()
            raise
        self._unsent = _prologue(endpoint)

    def _start(self, client: ssh.Client) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            client.words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            bufsize=0,
            env=dict(client.environment),
            # A Ctrl-C at the terminal is the controller's to handle.
            start_new_session=True,
        )

    def look(self, commands: Sequence[str], *, expect: str | None = None) -> Look:
        """Run commands that change nothing, several at once."""
        request = {"do": "batch", "commands": list(commands), "expect": expect}
        done = self._ask(request | {"parallel": PARALLEL, "timeout": LOOK_SECONDS}, LOOK_SECONDS * len(commands))
        outputs = done.get("outputs")
        return Look(done["digest"], None if outputs is None else tuple(Output(*each) for each in outputs))

    def run(self, command: str, *, stdin: bytes = b"", timeout: float | None = None, say: Say | None = None) -> Output:
        """Run one command to its end."""
        heard: dict[str, list[str]] = {"out": [], "err": []}

        def hear(part: dict[str, str]) -> None:
            for stream, text in part.items():
                heard[stream].append(text)
                if say:
                    say(text)

        request = {"do": "run", "command": command, "timeout": timeout, "stdin": base64.b64encode(stdin).decode()}
        done = self._ask(request, timeout, hear)
        return Output(done["code"], "".join(heard["out"]), "".join(heard["err"]))

    def put(self, path: str, content: bytes, *, mode: int | None = None) -> None:
        """Write a file whole."""
        request = {"do": "put", "path": path, "content": base64.b64encode(content).decode(), "mode": mode}
        done = self._ask(request, LOOK_SECONDS)
        if "error" in done:
            raise DeployError(CANNOT_WRITE, target=self._endpoint.name, path=path, reason=done["error"])

    def get(self, path: str, *, limit: int) -> Fetched | None:
        """The beginning of a file; None when there is none."""
        done = self._ask({"do": "get", "path": path, "limit": limit}, LOOK_SECONDS)
        return None if "error" in done else Fetched(base64.b64decode(done["content"]), done["size"])

    def lock(self, *, wait: float) -> bool:
        """Hold the target's lock until this is closed."""
        done = self._ask({"do": "lock", "path": LOCK, "wait": wait}, wait)
        return bool(done.get("held"))

    def close(self) -> None:
        """End the connection; the agent ends when its input does."""
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.close()
            self._process.wait(timeout=5)
        except (OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._forget()

    def _forget(self) -> None:
        self._handover.close()
        if self._complaints >= 0:
            os.close(self._complaints)
            self._complaints = -1

    def _ask(self, request: Any, seconds: float | None, hear: Callable[[Any], None] | None = None) -> Any:
        """Send a request and wait for the answer; pieces on the way are told to ``hear``."""
        self._send(self._unsent + encode(request))
        self._unsent = b""
        until = None if seconds is None else time.monotonic() + seconds + self._seconds
        while True:
            answer = self._next(until)
            if "done" in answer:
                self.round_trips += 1
                return answer["done"]
            if hear:
                hear(answer)

    def _send(self, content: bytes) -> None:
        assert self._process.stdin
        rest = memoryview(content)
        try:
            while rest:
                rest = rest[self._process.stdin.write(rest) or 0 :]
        except OSError:
            # The reason is in what the client says or has said by now.
            self._fail()

    def _next(self, until: float | None) -> Any:
        while True:
            try:
                answer = self._decoder.next() if self._greeted else None
            except FrameError as error:
                raise ReachError(LOST, target=self._endpoint.name, reason=error) from error
            if answer is not None:
                return answer
            part = self._read(until)
            if self._greeted:
                self._decoder.feed(part)
            else:
                self._greet(part)

    def _read(self, until: float | None) -> bytes:
        assert self._process.stdout
        poll = select.poll()
        poll.register(self._process.stdout, select.POLLIN)
        wait = None if until is None else max(0.0, until - time.monotonic()) * 1000
        if not poll.poll(wait):
            self._process.kill()
            raise ReachError(NO_ANSWER, target=self._endpoint.name, seconds=round((wait or 0) / 1000))
        part = os.read(self._process.stdout.fileno(), 1 << 18)
        if not part:
            self._fail()
        return part

    def _greet(self, part: bytes) -> None:
        """Pass over what a login shell says before the agent does."""
        self._greeting += part
        if PLAIN in self._greeting:
            raise NoPython(self._dialling)
        before, hello, rest = self._greeting.partition(HELLO)
        if hello:
            self._greeted = True
            self._greeting = b""
            self._decoder.feed(rest)
        elif len(before) > GREETING_LIMIT:
            raise ReachError(LOST, target=self._endpoint.name, reason=before[:80].decode(errors="replace"))

    def _fail(self) -> None:
        """The client has ended: say why, as it says itself."""
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if PLAIN in self._greeting:
            raise NoPython(self._dialling)
        said = os.pread(self._complaints, 1 << 16, 0).decode(errors="replace")
        raise mishap(self._endpoint, said, was_connected=self._greeted)


def _remote(endpoint: Endpoint) -> str:
    """What the node's login shell is asked to do."""
    python = f"python3 -I -S -c {shlex.quote(BEGIN)}"
    become = _sudo(endpoint) + " " if endpoint.needs_sudo else ""
    script = (
        f"command -v python3 >/dev/null 2>&1 || {{ echo {PLAIN.decode().strip()}; exit 0; }}; exec {become}{python}"
    )
    return f"exec sh -c {shlex.quote(script)}"


def _sudo(endpoint: Endpoint) -> str:
    return "sudo -n --" if endpoint.password is None else "sudo -S -p '' --"


def _prologue(endpoint: Endpoint) -> bytes:
    answer = _line(endpoint.password) if endpoint.needs_sudo and endpoint.password else b""
    return answer + f"{MARK}\n".encode() + b"".join(AGENT)


def _line(secret: Secret) -> bytes:
    return secret.reveal().encode() + b"\n"
