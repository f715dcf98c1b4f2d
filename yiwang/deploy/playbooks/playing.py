"""The playbooks of a node: what they would change, and changing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yiwang.core.errors import YiwangError
from yiwang.core.i18n import _
from yiwang.deploy.engine.change import Change
from yiwang.deploy.playbooks.player import DEAF, FAILED, Ear, Heard, Player

if TYPE_CHECKING:
    from yiwang.deploy.engine.check import Tools
    from yiwang.deploy.engine.endpoint import Endpoint
    from yiwang.deploy.engine.specification import Part

SAID_LINES = 40


@dataclass(frozen=True, slots=True)
class Played:
    """What playbooks did, or would do: the changes in their order, and every task with its status."""

    changes: tuple[Change, ...] = ()
    tasks: tuple[Mapping[str, str], ...] = ()
    failure: YiwangError | None = None
    tail: tuple[str, ...] = ()


def look_at_playbooks(
    endpoint: Endpoint, playbooks: Sequence[Part], tools: Tools, *, has_changed: bool = False, ear: Ear = DEAF
) -> tuple[Change, ...]:
    """What the playbooks of a node would change, in Ansible's check mode; nothing is changed.

    ``has_changed`` says that something is to be changed before them: a task that fails then may only
    lack what that brings, and is a change of which nothing can be said yet.

    Raises:
        ReachError: the node cannot be reached.
        DeployError: a playbook cannot be read (E2072), is another (E2073) or for other nodes (E2075), or a
            task cannot be checked although nothing changes before it (E2074).
        VaultError: the key of something encrypted is not at hand.
    """
    player = Player(endpoint, tools, is_changing=False, ear=ear)
    changes: list[Change] = []
    for part in playbooks:
        changes += _planned(player.play(part), endpoint.name, has_changed=has_changed or bool(changes))
    return tuple(changes)


def run_playbooks(endpoint: Endpoint, playbooks: Sequence[Part], tools: Tools, *, ear: Ear = DEAF) -> Played:
    """Run the playbooks of a node one after the other, until a task fails."""
    player = Player(endpoint, tools, is_changing=True, ear=ear)
    changes: list[Change] = []
    tasks: list[Mapping[str, str]] = []
    for part in playbooks:
        try:
            heard = player.play(part)
        except YiwangError as error:
            return Played(tuple(changes), tuple(tasks), error)
        changes += _done(heard)
        tasks += heard.tasks
        if failure := heard.failure(endpoint.name):
            return Played(tuple(changes), tuple(tasks), failure, tuple(heard.said.splitlines()[-SAID_LINES:]))
    return Played(tuple(changes), tuple(tasks))


def _planned(heard: Heard, target: str, *, has_changed: bool) -> list[Change]:
    found = [
        each.change(heard.playbook, unsure=_unsure(each.is_undecided))
        for each in heard.results
        if each.status == "changed" or each.is_undecided
    ]
    failure = heard.failure(target)
    if failure is None:
        return found
    if heard.trouble or heard.culprit is None or not (has_changed or found):
        raise failure
    words = _("the check ended here, and what follows cannot be told: {reason}")
    unsure = words.format(reason=heard.culprit.message or "-")
    return [*found, heard.culprit.change(heard.playbook, unsure=unsure)]


def _unsure(is_undecided: bool) -> str:
    return _("Ansible cannot check this task; it is run when the plan is applied") if is_undecided else ""


def _done(heard: Heard) -> list[Change]:
    states: dict[str, Any] = {"changed": "done", **dict.fromkeys(FAILED, "failed")}
    return [each.change(heard.playbook, state=states[each.status]) for each in heard.results if each.status in states]
