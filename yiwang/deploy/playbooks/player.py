"""One run of a playbook on a node, and what was heard of it."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yiwang.core.errors import YiwangError
from yiwang.deploy.engine.faults import BUSY, DeployError
from yiwang.deploy.engine.handover import Handover
from yiwang.deploy.engine.reaching import reach
from yiwang.deploy.engine.session import masking_of
from yiwang.deploy.playbooks.conversation import Conversation
from yiwang.deploy.playbooks.faults import ENDED, NOT_MEANT, OTHER_PLAYBOOK, STOPPED, TASK_FAILED, UNREADABLE
from yiwang.deploy.playbooks.inventory import WAY, inventory
from yiwang.deploy.playbooks.mitogen import can_reach, variables
from yiwang.deploy.playbooks.result import Result, result_of
from yiwang.deploy.playbooks.workplace import Workplace, workplace

if TYPE_CHECKING:
    from yiwang.deploy.engine.check import Tools
    from yiwang.deploy.engine.endpoint import Endpoint
    from yiwang.deploy.engine.masking import Masking
    from yiwang.deploy.engine.specification import Part
    from yiwang.deploy.engine.transport import Transport

CANNOT_PARSE = 4
LOCK_SECONDS = 60
END_SECONDS = 10
LONGEST_REASON = 2000
FAILED = ("failed", "unreachable")


@dataclass(frozen=True, slots=True)
class Ear:
    """Who is told a line for each task, and who says when to stop."""

    report: Callable[[str], None] = lambda _line: None
    is_cancelled: Callable[[], bool] = lambda: False


DEAF = Ear()


@dataclass
class Heard:
    """What was heard of one run; ``trouble`` is why it was cut short, if it was not Ansible that failed."""

    part: Part
    masking: Masking
    results: list[Result] = field(default_factory=list)
    failed: int = 0
    code: int = 0
    said: str = ""
    trouble: YiwangError | None = None

    @property
    def playbook(self) -> str:
        """Its path."""
        return self.part.component

    @property
    def culprit(self) -> Result | None:
        """The task by which it failed, rescued ones aside."""
        failed = [each for each in self.results if each.status in FAILED]
        return failed[-1] if failed and (self.failed or self.code) else None

    @property
    def tasks(self) -> tuple[Mapping[str, str], ...]:
        """Every task with its status."""
        return tuple({"playbook": self.playbook, "task": each.title, "status": each.status} for each in self.results)

    def failure(self, target: str) -> YiwangError | None:
        """Why it did not do its work."""
        about: dict[str, Any] = {"target": target, "playbook": self.playbook}
        if self.trouble or (self.results and not self.code):
            return self.trouble
        if self.culprit:
            reason = self.culprit.message or self._reason
            return DeployError(TASK_FAILED, **about, title=self.culprit.title, reason=reason)
        if not self.code:
            return DeployError(NOT_MEANT, **about, groups=", ".join(self.part.values["groups"]))
        error = UNREADABLE if self.code == CANNOT_PARSE and not self.results else ENDED
        return DeployError(error, **about, code=self.code, reason=self._reason)

    @property
    def _reason(self) -> str:
        return self.said.strip()[-LONGEST_REASON:] or "-"


@dataclass(frozen=True, slots=True)
class Player:
    """Runs playbooks on one node; ``is_changing`` or only looking."""

    endpoint: Endpoint
    tools: Tools
    is_changing: bool
    ear: Ear = DEAF

    def play(self, part: Part) -> Heard:
        """Run a playbook to its end.

        Raises:
            ReachError: the node cannot be reached; nothing was changed.
            DeployError: another change is running there (E2009), or the playbook is another (E2073).
            VaultError: the key of something encrypted is not at hand.
        """
        with self.tools.playbooks.places:
            return reach(self.endpoint, self.tools.connect, lambda transport: self._over(transport, part))

    def _over(self, transport: Transport, part: Part) -> Heard:
        self._begin(transport)
        project = self.tools.playbooks.project(part.component)
        if not project.playbook.is_file():
            raise self._other(part)
        heard = Heard(part, masking_of(self.endpoint))
        mitogen = self.tools.playbooks.mitogen if can_reach(self.endpoint) else None
        with closing(Handover()) as handover:
            listed = inventory(self.endpoint.name, part.values, variables(self.endpoint, handover) if mitogen else WAY)
            built = self.tools.playbooks.built(part.code)
            with workplace(project, listed, strategies=mitogen, built=built) as place:
                self._carry_out(place, handover, heard, transport)
                # People know the files, not their copies.
                heard.said = heard.said.replace(str(place.project.folder), str(project.folder))
        return heard

    def _other(self, part: Part) -> DeployError:
        return DeployError(OTHER_PLAYBOOK, target=self.endpoint.name, playbook=part.component)

    def _begin(self, transport: Transport) -> None:
        # The first answer tells whether there is a way and a Python, before anything is prepared.
        if not self.is_changing:
            transport.look(["true"])
        elif not transport.lock(wait=LOCK_SECONDS):
            raise DeployError(BUSY, target=self.endpoint.name)

    def _carry_out(self, place: Workplace, handover: Handover, heard: Heard, transport: Transport) -> None:
        if place.project.digest() != heard.part.code:
            raise self._other(heard.part)
        keys = self.tools.playbooks.keys
        opened = {id: heard.masking.add(keys.key(id)).reveal() for id in place.project.vault_ids()}
        talk = Conversation(transport, self.endpoint, heard.masking, lambda message: self._hear(heard, message))
        heard.code = _run(place.words(handover, opened, is_changing=self.is_changing), place, talk, self.ear)
        heard.said, heard.trouble = talk.said, talk.lost
        if heard.code and self.ear.is_cancelled():
            heard.trouble = DeployError(STOPPED, target=self.endpoint.name, playbook=heard.playbook)

    def _hear(self, heard: Heard, message: Mapping[str, Any]) -> None:
        if message["what"] == "end":
            heard.failed = message["failed"]
        elif message["what"] == "result":
            result = result_of(message, heard.masking)
            heard.results.append(result)
            self.ear.report(f"{result.status:>11} {result.title}")


def _run(words: Sequence[str], place: Workplace, talk: Conversation, ear: Ear) -> int:
    """The exit code of the program, after its questions were answered."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place.socket))
        listening.listen()
        process = _start(words, place.environment(), place.folder)
        try:
            talk.serve(process, listening, ear.is_cancelled)
            return process.wait(END_SECONDS)
        finally:
            process.terminate()
            process.wait(END_SECONDS)
            assert process.stdout
            process.stdout.close()


def _start(words: Sequence[str], environment: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(environment),
        cwd=folder,
        # A Ctrl-C at the terminal is the controller's to handle.
        start_new_session=True,
    )
