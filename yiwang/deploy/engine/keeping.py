"""What is kept on a node before it is changed, and how it is put back there.

Everything is done by one shell script, ``rollback.sh``, which lies beside what it keeps: a node whose
controller can reach it no more puts itself right with it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from importlib.resources import files

from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_
from yiwang.deploy.engine.decide import Decided
from yiwang.deploy.engine.faults import DeployError
from yiwang.deploy.engine.kind import access
from yiwang.deploy.engine.masking import Masking
from yiwang.deploy.engine.session import Session
from yiwang.deploy.engine.transport import Output, Transport

SCRIPT = (files(__package__) / "rollback.sh").read_bytes()
FOLDER = "/var/lib/yiwang/rollback"
RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
SETTLE_SECONDS = 300
UNDONE, FINAL = "undone", "command"
"""What a rollback undoes, and what it names because it cannot: commands that do not say what they change."""
ALONE = ("packages", "network")
"""Steps of the script that take no names."""

CANNOT_KEEP = code(
    "E2031",
    N_("{target}: what is there now cannot be kept for a rollback: {reason}"),
    N_("look at the free space below {folder} on the node; nothing was changed"),
)
BAD_RUN = code("E2032", N_('"{given}" cannot be the name of a run'), N_("use letters, digits, hyphens and dots"))


def run_folder(run: str) -> str:
    """Where a node keeps what a run changes.

    Raises:
        UsageError: the run's name cannot be a folder's (E2032).
    """
    if not RUN.fullmatch(run):
        raise UsageError(BAD_RUN, given=run)
    return f"{FOLDER}/{run}"


def key_of(decided: Decided, masking: Masking) -> str:
    """What is noted of an operation before it is done: whether it can be undone, and its masked name."""
    title = " ".join(masking.mask(decided.title).split())
    return "\t".join((UNDONE if decided.is_undone else FINAL, decided.component, decided.operation, title))


class Keeping:
    """What one run keeps on one node."""

    def __init__(self, session: Session, run: str) -> None:
        self._transport = session.transport
        self._target = session.target
        self._masking = session.masking
        self.folder = run_folder(run)
        self._is_there = False

    def keep(self, changes: Sequence[Decided], *, arm_seconds: int = 0) -> None:
        """Keep what these will change, unless this run has kept it before.

        With ``arm_seconds`` the node puts everything back by itself after that time, unless it is told not to.

        Raises:
            DeployError: it cannot be kept (E2031).
        """
        steps = [step for step in _steps(changes, self._masking) if len(step) > 1 or step[0] in ALONE]
        if arm_seconds:
            steps.append(["arm", str(arm_seconds)])
        calls = "\n".join(f"do_one {step[0]} {self.folder} {shlex.join(step[1:])} || exit" for step in steps)
        # Read and not started for each: a shell is one process and not a dozen.
        done = self._run(f". {self._script}\n{calls}")
        if done.code:
            reason = (done.err or done.out).strip() or done.code
            raise DeployError(CANNOT_KEEP, target=self._target, reason=reason, folder=FOLDER)

    def close(self, changes: Sequence[Decided]) -> None:
        """Note which packages are there now, so that a rollback leaves alone what comes later."""
        if any(each.kind.kind == "package" for each in changes):
            self._run(f"sh {self._script} installed {self.folder}")

    def begun(self) -> frozenset[str]:
        """What this run noted before, when it was killed and goes on now."""
        done = self._transport.look([f"cat {self.folder}/begun"]).outputs
        return frozenset(done[0].out.splitlines()) if done and not done[0].code else frozenset()

    def settle(self) -> None:
        """End what earlier runs have left armed: whoever gets this far has access to the node."""
        self._transport.run(
            f"[ ! -d {FOLDER} ] || for each in {FOLDER}/*/rollback.sh; do"
            f' [ ! -e "$each" ] || {{ sh "$each" settle "${{each%/*}}"; break; }}; done',
            timeout=SETTLE_SECONDS,
        )

    def disarm(self, transport: Transport) -> bool:
        """Let it be, over a connection made anew; whether that came in time."""
        return not transport.run(f"sh {self._script} disarm {self.folder}").code

    @property
    def _script(self) -> str:
        return f"{self.folder}/rollback.sh"

    def _run(self, command: str) -> Output:
        if self._is_there:
            return self._transport.run(command)
        place = (
            f"umask 077; mkdir -p {self.folder} && cat >{self._script}.part && mv {self._script}.part {self._script}"
        )
        done = self._transport.run(f"{place} || exit\n{command}", stdin=SCRIPT)
        self._is_there = not done.code
        return done


def _steps(changes: Sequence[Decided], masking: Masking) -> Iterable[list[str]]:
    """What to keep, in calls of the script."""
    yield ["begun", *(key_of(each, masking) for each in changes)]
    paths = {path: each.kind.metadata for each in changes for path in each.saved if _is_plain(path)}
    yield ["keep", *(path for path, metadata in paths.items() if not metadata)]
    yield ["folder", *(path for path, metadata in paths.items() if metadata)]
    yield ["service", *_subjects(changes, "service")]
    yield ["sysctl", *_subjects(changes, "sysctl")]
    if any(each.kind.kind == "package" for each in changes):
        yield ["packages"]
    if cuts_access(changes):
        yield ["network"]


def _subjects(changes: Sequence[Decided], kind: str) -> list[str]:
    return [each.subject for each in changes if each.kind.kind == kind and _is_plain(each.subject)]


def _is_plain(name: str) -> bool:
    # The manifest has a line an entry, with tabs between its fields.
    return bool(name) and name.isprintable() and not name.startswith("-")


def cuts_access(changes: Sequence[Decided]) -> bool:
    """Whether any of these can cut the controller's way to the node."""
    return any(access().touches(each.kind.kind, each.subject, each.saved, _words(each)) for each in changes)


def _words(decided: Decided) -> tuple[str, ...]:
    return tuple(str(command) for command in decided.commands)
