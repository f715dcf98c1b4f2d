"""What is done on one target in one go: what it was asked, what was changed, what was said."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from yiwang.core.errors import code
from yiwang.core.i18n import N_
from yiwang.core.vault.secret import Secret
from yiwang.deploy.component import Secrets
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.facts import Facts
from yiwang.deploy.engine.faults import DeployError
from yiwang.deploy.engine.masking import Masking
from yiwang.deploy.engine.transport import Output, Say, Transport, digest

READ_ONLY = code(
    "E2022",
    N_("{target}: a component wants to change the node while it is only looked at: {command}"),
    N_("let the component call operations only, and use facts to look"),
)
SECRET_IN_COMMAND = code(
    "E2023",
    N_("{target}: a command holds a secret in clear text and was not run"),
    N_("pass the secret by a file (files.put with a mode) or by _stdin, never by the command"),
    N_("What stands in a command can be read by everybody on the node for as long as it runs, and in its logs."),
)
FILE_MODE = 0o600


@dataclass(frozen=True, slots=True)
class Asked:
    """A command that only looked, with the digest of its answer."""

    command: str
    answer: str


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that may have changed the target, with the exit codes that are good."""

    command: str
    stdin: bytes
    timeout: float | None
    good: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wrote:
    """A file that was written; without a mode it was as the file before."""

    path: str
    content: bytes
    mode: int | None


Passed = Asked | Ran | Wrote
"""What passes between an operation and its target."""

TAIL_LINES = 40


class Session:
    """What the connector of one target works with."""

    def __init__(self, target: str, transport: Transport, masking: Masking, *, is_changing: bool = False) -> None:
        self.target = target
        self.transport = transport
        self.masking = masking
        self.login = masking.fingerprint
        """The same for all targets that are reached by the same secrets."""
        self.facts = Facts(transport, masking)
        self.is_changing = is_changing
        self.say: Say | None = None
        self.begin: Callable[[], None] | None = None
        """Called once before the next command that may change the target."""
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self.asked: list[str] = []
        """The facts that the running operation asked for."""
        self.passed: list[Passed] = []
        """All that passed in the running operation."""
        self.failed: tuple[str, Output] | None = None
        """The last command that failed, with what it said."""

    def ask(self, command: str) -> Output:
        """A command that only looks."""
        self.asked.append(command)
        output = self.facts.answer(command)
        if self.is_changing:
            self.passed.append(Asked(command, digest([output])))
        if output.code:
            self.failed = (command, output)
        return output

    def change(self, command: str, *, stdin: bytes, timeout: float | None, good: Sequence[int] = (0,)) -> Output:
        """A command that may change the target: every answer so far is void."""
        self._begin(command)
        self.passed.append(Ran(command, stdin, timeout, tuple(good)))
        if not self.masking.is_clear(command):
            raise DeployError(SECRET_IN_COMMAND, target=self.target)
        output = self.transport.run(command, stdin=stdin, timeout=timeout, say=self._hear)
        if output.code:
            self.failed = (command, output)
        return output

    def write(self, path: str, content: bytes, *, mode: int | None) -> None:
        """A file that changes the target."""
        self._begin(f"write {path}")
        self.passed.append(Wrote(path, content, mode))
        if mode is None and not self.masking.is_clear(content.decode("utf-8", "replace")):
            mode = FILE_MODE
        self.transport.put(path, content, mode=mode)

    def _begin(self, what: str) -> None:
        if not self.is_changing:
            raise DeployError(READ_ONLY, target=self.target, command=self.masking.mask(what)[:200])
        self.facts.void()
        if self.begin:
            begin, self.begin = self.begin, None
            begin()

    def for_changing(self) -> Session:
        """A session that may change the target, and begins with the answers of this one."""
        session = Session(self.target, self.transport, self.masking, is_changing=True)
        session.facts = self.facts
        return session

    def _hear(self, text: str) -> None:
        for line in self.masking.mask(text).splitlines():
            self.tail.append(line)
            if self.say:
                self.say(line)


def masking_of(endpoint: Endpoint) -> Masking:
    """Hides what opens the way to the target."""
    hops = (endpoint, *endpoint.via)
    return Masking(secret for hop in hops for secret in (hop.private_key, hop.password) if secret)


def opener(masking: Masking, secrets: Secrets, opened: dict[str, Secret] | None = None) -> Secrets:
    """Opens secrets that are hidden from then on, and puts them into ``opened`` by their references."""

    def open_secret(reference: str) -> Secret:
        secret = masking.add(secrets(reference))
        if opened is not None:
            opened[reference] = secret
        return secret

    return open_secret
