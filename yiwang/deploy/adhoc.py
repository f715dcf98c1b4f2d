"""Commands on many nodes at once, outside of any rollout: answers grouped, every use journalled.

What the estate says under ``rollout: commands:`` decides: they are free, each needs another person's
approval, or none may be run.  A request for approval is a plan whose targets hold the command; once it is
approved, the same command line carries it out, and the approvals are used up.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from yiwang.core import journal
from yiwang.core.database.types import utc_now
from yiwang.core.errors import JobError, UsageError, YiwangError, code
from yiwang.core.evidence import Observation, Subject, Verdict, record
from yiwang.core.i18n import N_
from yiwang.deploy.approval import consume
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.masking import Masking
from yiwang.deploy.engine.reaching import reach
from yiwang.deploy.engine.transport import TIMED_OUT, Output
from yiwang.deploy.plan import PlannedTarget
from yiwang.deploy.planning import nodes_of
from yiwang.deploy.plans import new_plan
from yiwang.deploy.way import endpoint_of, way_to
from yiwang.inventory.selector import parse_selector

if TYPE_CHECKING:
    from yiwang.deploy.plan import Plan
    from yiwang.deploy.service import Deployment

REFUSED = code(
    "E2181",
    N_("this estate lets nobody run commands on its nodes (rollout: commands: refused)"),
    N_("declare what is to be and make a plan: yiwang plan"),
)
HOLDS_SECRET = code(
    "E2182",
    N_("the command holds a secret and was not run"),
    N_("give the secret on the command's standard input, from a file: --stdin FILE"),
    N_(
        "What stands in a command can be read by everybody on the node for as long as it runs, and it stands in the "
        "journal for ever. Words such as password=… are taken for secrets as well as everything in the vault that is "
        "needed to log in."
    ),
)
# What follows words like these is a secret, unless the node's shell puts it in.
SECRET_WORDS = re.compile(
    r"(?i)(?:(?:password|passwd|secret|token|apikey)\w*[\"']?[=:]|--password[ =]|://[^/\s:@]+:(?=[^/\s@]+@))[\"']?[^\s\"'$]{2,}"
)
KEPT_CHARACTERS = 4096
"""Of what a node said, so much is kept as evidence, with the digest of all of it."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command for a node's shell, what it reads, and how long it may take in seconds."""

    text: str
    stdin: bytes = field(default=b"", repr=False)
    timeout_seconds: float = 60

    def plain(self) -> dict[str, Any]:
        """What is asked for, as plain data; what it reads only by its digest."""
        given = hashlib.sha256(self.stdin).hexdigest() if self.stdin else ""
        return {"command": self.text, "stdin": given, "timeout_seconds": self.timeout_seconds}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a node answered, with secrets masked; without an output, the ``problem`` of reaching it."""

    target: str
    output: Output | None = None
    problem: str = ""

    @property
    def verdict(self) -> Verdict:
        """Whether the command succeeded there; unknown when nobody can tell."""
        if self.output is None or self.output.code == TIMED_OUT:
            return "unknown"
        return "fail" if self.output.code else "pass"


@dataclass(frozen=True, slots=True)
class Gathered:
    """Nodes that answered exactly the same."""

    targets: tuple[str, ...]
    answer: Answer


def gathered(answers: Iterable[Answer]) -> tuple[Gathered, ...]:
    """Equal answers together, those of most nodes first."""
    groups: dict[Any, list[Answer]] = {}
    for each in sorted(answers, key=lambda answer: answer.target):
        groups.setdefault((each.output, each.problem), []).append(each)
    found = (Gathered(tuple(each.target for each in group), group[0]) for group in groups.values())
    return tuple(sorted(found, key=lambda group: (-len(group.targets), group.targets)))


@dataclass(frozen=True)
class Errand:
    """A command that may be run now: on which nodes, for whom, and by which approved request."""

    command: Command
    targets: tuple[str, ...]
    person: str
    request: Plan | None = None


@dataclass(frozen=True)
class Waiting:
    """A command that waits for approval."""

    request: Plan
    given: int
    needed: int


def ask(deployment: Deployment, selector: str, command: Command, *, person: str) -> Errand | Waiting:
    """Whether the command may be run on the selected nodes; where it must be approved, the request is kept.

    Raises:
        JobError: the estate refuses commands (E2181).
        UsageError: it holds a secret (E2182), no node is selected (E2057), or the selector cannot be read.
    """
    policy = deployment.estate.rollout
    if policy.commands == "refused":
        raise JobError(REFUSED)
    if SECRET_WORDS.search(command.text):
        raise UsageError(HOLDS_SECRET)
    targets = nodes_of(deployment.estate, parse_selector(selector))
    if policy.commands == "free":
        return Errand(command, targets, person)
    wanted = _request(deployment, targets, command, selector=selector, person=person)
    kept = deployment.plans.alike(wanted.fingerprint, person) or deployment.plans.keep(wanted)
    given = [each for each in deployment.approvals.of(kept) if each.approver != person]
    needed = max(1, policy.approvals)
    return Errand(command, targets, person, kept) if len(given) >= needed else Waiting(kept, len(given), needed)


def _request(deployment: Deployment, targets: Sequence[str], command: Command, *, selector: str, person: str) -> Plan:
    change = {
        "component": "run",
        "operation": "command",
        "title": command.text,
        "kind": "command",
        "path": "",
        "diff": "",
        "commands": [command.text],
        "unsure": "",
        "state": "",
    }
    change["digest"] = hashlib.sha256(repr(sorted(command.plain().items())).encode()).hexdigest()[:16]
    planned = tuple(PlannedTarget(name, command.plain(), changes=(change,)) for name in targets)
    folder = str(deployment.estate.folder.absolute())
    return new_plan(requester=person, estate=folder, selector=selector, targets=planned, waves=())


def run(
    deployment: Deployment,
    errand: Errand,
    *,
    at_once: int = 0,
    report: Callable[[Answer, int], None] = lambda _answer, _done: None,
) -> tuple[Answer, ...]:
    """Run a command on its nodes, ``at_once`` of them at a time; each answer is told as it comes.

    The journal says before that it is run and after how it ended on each node; every answer is evidence.

    Raises:
        UsageError: the command holds a secret by which a node is reached (E2182); it was run nowhere.
        VaultError, NotFoundError: a secret cannot be opened.
    """
    endpoints, masking = _endpoints(deployment, errand)
    use = f"c{utc_now():%y%m%d}-{secrets.token_hex(3)}"
    _begin(deployment, errand, use)
    answers: list[Answer] = []
    pool = ThreadPoolExecutor(max(1, min(at_once or deployment.estate.rollout.parallel, len(errand.targets))))
    try:
        waiting = [pool.submit(_answer, deployment, each, errand.command, masking) for each in endpoints]
        for each in as_completed(waiting):
            answers.append(each.result())
            report(answers[-1], len(answers))
    finally:
        # Interrupted, what runs already ends, and nothing more begins.
        pool.shutdown(cancel_futures=True)
        _end(deployment, errand, use, answers)
    return tuple(sorted(answers, key=lambda answer: answer.target))


def _endpoints(deployment: Deployment, errand: Errand) -> tuple[list[Endpoint], Masking]:
    open_secret = deployment.tools.secrets
    endpoints = [endpoint_of(way_to(deployment.estate, name), open_secret) for name in errand.targets]
    hops = {hop for endpoint in endpoints for hop in (endpoint, *endpoint.via)}
    masking = Masking(secret for hop in hops for secret in (hop.private_key, hop.password) if secret)
    if not masking.is_clear(errand.command.text):
        raise UsageError(HOLDS_SECRET)
    return endpoints, masking


def _answer(deployment: Deployment, endpoint: Endpoint, command: Command, masking: Masking) -> Answer:
    try:
        said = reach(
            endpoint,
            deployment.tools.connect,
            lambda node: node.run(command.text, stdin=command.stdin, timeout=command.timeout_seconds),
        )
    except YiwangError as error:
        return Answer(endpoint.name, problem=masking.mask(str(error)))
    return Answer(endpoint.name, Output(said.code, masking.mask(said.out), masking.mask(said.err)))


def _begin(deployment: Deployment, errand: Errand, use: str) -> None:
    detail = {**errand.command.plain(), "targets": list(errand.targets)}
    with deployment.database.writing() as connection:
        if errand.request:
            detail["request"] = errand.request.id
            consume(connection, errand.request)
        journal.append(connection, errand.person, "command.run", use, detail)


def _end(deployment: Deployment, errand: Errand, use: str, answers: Sequence[Answer]) -> None:
    codes = Counter(str(each.output.code) if each.output else "?" for each in answers)
    detail: Mapping[str, Any] = {
        "codes": {each.target: each.output.code if each.output else None for each in answers},
        "count": dict(codes),
        "not_run": len(errand.targets) - len(answers),
    }
    with deployment.database.writing() as connection:
        journal.append(connection, errand.person, "command.end", use, detail)
        record(connection, [_observation(errand, use, each) for each in answers])


def _observation(errand: Errand, use: str, answer: Answer) -> Observation:
    detail: dict[str, Any] = {"use": use, "command": errand.command.text, "person": errand.person}
    if answer.output is None:
        detail["problem"] = answer.problem
    else:
        whole = (answer.output.out + answer.output.err).encode("utf-8", "surrogateescape")
        detail["code"] = answer.output.code
        detail["sha256"] = hashlib.sha256(whole).hexdigest()
        detail["out"], detail["err"] = (_beginning(each) for each in (answer.output.out, answer.output.err))
    return Observation(Subject("node", answer.target), "command", answer.verdict, detail)


def _beginning(text: str) -> str:
    return text[:KEPT_CHARACTERS].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
