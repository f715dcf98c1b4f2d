"""Proof on the live device that an account reads everything and writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from yiwang.core.i18n import _
from yiwang.network.collect.completeness import doubt
from yiwang.network.collect.dial import Dialler, hang_up
from yiwang.network.collect.faults import INCOMPLETE, AnswerError
from yiwang.network.collect.pace import Pace
from yiwang.network.handover.account import Account
from yiwang.network.handover.faults import CAN_WRITE, NO_PROBE, NOT_PROVEN, HandoverError
from yiwang.network.platforms.model import Platform, ReadOnly
from yiwang.network.snmp.polling import Manner, Polled, poll
from yiwang.network.snmp.writing import WriteAttempt, try_to_write

SAID = 200


@dataclass(frozen=True, slots=True)
class Proof:
    """What the device did: its whole configuration, and the words with which it refused SET and the probe."""

    running: str = field(repr=False)
    probe: str
    snmp: tuple[tuple[str, str], ...]


def prove(account: Account, platform: Platform, pace: Pace, dialler: Dialler, last_bytes: int = 0) -> Proof:
    """Try to write with the account, then read the configuration.

    ``last_bytes`` is the size of the configuration as our own account read it; an account that sees far less of it
    does not read it whole.

    Raises:
        HandoverError: the account can write (E3421), that is not clear (E3422), or there is no probe (E3428).
        ReachError, AnswerError: as of ``collect``; a configuration that is not whole is E3020.
        SnmpError: the device cannot be asked over SNMP.
    """
    rule = platform.read_only
    if rule is None:
        raise HandoverError(NO_PROBE, device=account.device, platform=platform.title)
    snmp = _refused_set(account)
    # netmiko takes half a second to load.
    from yiwang.network.collect.session import open_session

    client = dialler.dial(account.way, pace)
    try:
        session = open_session(client, account.way[-1], platform, pace)
        running = session.ask(platform.commands.running)
        said = session.attempt(rule.probe, rule.accepted)
        if is_accepted(rule, said):
            if rule.leave:
                session.attempt(rule.leave, rule.accepted)
            raise HandoverError(CAN_WRITE, device=account.device, how=_told(rule.probe, said))
    finally:
        hang_up(client)
    if not is_refused(platform, rule, said):
        raise HandoverError(NOT_PROVEN, device=account.device, how=_told(rule.probe, said))
    _require_whole(account.device, platform, running, last_bytes)
    return Proof(running, said.strip()[:SAID], snmp)


def is_accepted(rule: ReadOnly, said: str) -> bool:
    """Whether a line of the answer, its prompt among them, tells that the probe was carried out."""
    return any(rule.accepted.fullmatch(line.strip()) for line in said.splitlines())


def is_refused(platform: Platform, rule: ReadOnly, said: str) -> bool:
    """Whether the answer refuses the probe in words that are known."""
    return any(each.search(said) for each in (*rule.refused, *platform.output.refused))


def _told(command: str, said: str) -> str:
    return f"SSH: {command} → {' / '.join(line.strip() for line in said.splitlines())[:SAID]}"


def _refused_set(account: Account) -> tuple[tuple[str, str], ...]:
    answers: list[Polled[WriteAttempt]] = []
    poll([account.target], try_to_write, Manner(at_once=1), answers.append)
    answer = answers[0]
    if answer.error:
        raise answer.error
    assert answer.told is not None
    accepted = _("accepted")
    words = ", ".join(f"{oid}: {word or accepted}" for oid, word in answer.told.objects)
    if answer.told.verdict != "refused":
        error = CAN_WRITE if answer.told.verdict == "accepted" else NOT_PROVEN
        raise HandoverError(error, device=account.device, how=f"SNMP SET {words}")
    return answer.told.objects


def _require_whole(device: str, platform: Platform, running: str, last_bytes: int) -> None:
    reason = doubt(platform, running, last_bytes)
    size = len(running.encode())
    if not reason and size < last_bytes * platform.completeness.shrunk_to:
        reason = _("it has {size} bytes, and the last one had {last}").format(size=size, last=last_bytes)
    if reason:
        raise AnswerError(INCOMPLETE, name=device, reason=reason)
