"""One long-lived engine of pysnmp: sends a PDU to any address and waits for what comes back.

Targets are never registered with the engine: each would make pysnmp rebuild its map of all targets at the
next answer, which costs the square of their number.  Only accounts are, one user of version 3 in an engine,
because pysnmp knows users by their name and counties name theirs alike.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.error import PySnmpError
from pysnmp.proto import errind
from pysnmp.proto.rfc1902 import OctetString

from yiwang.network.snmp.credential import Community, Credential, User, master_key
from yiwang.network.snmp.reference.wire import Address, Wire, family, place
from yiwang.network.snmp.session import Target

TICK_SECONDS = 0.1
MOST_DISCOVERIES = 3
DISCOVERED = (errind.UnknownEngineID, errind.NotInTimeWindow)
V2C, V3 = (1, 2), (3, 3)
"""Message processing model and security model (RFC 3411)."""
LEVELS = {"noAuthNoPriv": 1, "authNoPriv": 2, "authPriv": 3}

AUTH = {
    "sha1": config.USM_AUTH_HMAC96_SHA,
    "sha256": config.USM_AUTH_HMAC192_SHA256,
    "sha384": config.USM_AUTH_HMAC256_SHA384,
    "sha512": config.USM_AUTH_HMAC384_SHA512,
}
PRIVACY = {
    "aes128": config.USM_PRIV_CFB128_AES,
    "aes192": config.USM_PRIV_CFB192_AES_BLUMENTHAL,
    "aes256": config.USM_PRIV_CFB256_AES_BLUMENTHAL,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request: an answer, or pysnmp's words for why there is none, and who sent it.

    ``heard`` counts the datagrams that came from the device; ``is_met`` says that it has just told who it is.
    """

    answer: Any
    failure: Any
    source: Address = ("", 0)
    heard: int = 0
    is_met: bool = False


class Engine:
    """pysnmp's engine; make it inside a running event loop."""

    def __init__(self) -> None:
        self._engine = SnmpEngine()
        self._wires: dict[tuple[int, ...], Wire] = {}
        self._accounts: dict[Credential, Any] = {}

    async def ask(self, target: Target, pdu: Any) -> Outcome:
        """Send once; answers to the engine's own discovery (RFC 3414, 4) are followed up."""
        outcome, discoveries = await self._once(target, pdu), 0
        while isinstance(outcome.failure, DISCOVERED) and discoveries < MOST_DISCOVERIES:
            outcome, discoveries = await self._once(target, pdu), discoveries + 1
        return replace(outcome, is_met=discoveries > 0)

    async def _once(self, target: Target, pdu: Any) -> Outcome:
        wire, domain = self._wire(target.address)
        address = place(target.address, target.port)
        waiting: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        wire.heard[address[:2]] = 0

        def received(*words: Any) -> None:
            answer, status, heard = words[8], words[9], wire.heard.get(address[:2], 0)
            if not waiting.done():
                failure = status.get("errorIndication") if status else None
                waiting.set_result(Outcome(answer, failure, wire.source, heard))

        try:
            self._send(target, pdu, domain, address, received)
            return await waiting
        except PySnmpError as problem:
            failure = problem.get("errorIndication") if hasattr(problem, "get") else problem
            return Outcome(None, failure)
        finally:
            wire.heard.pop(address[:2], None)

    def _send(self, target: Target, pdu: Any, domain: Any, address: Any, received: Any) -> None:
        credential = target.credential
        account, level = self._account(credential), LEVELS[_level(credential)]
        ticks = target.timeout_seconds / TICK_SECONDS
        security = (*_models(credential), account, level)
        # No context; PDU version 1 is that of SNMPv2; an answer is expected.
        words = (domain, address, *security, None, b"", 1, pdu, True, ticks, received, None)
        self._engine.message_dispatcher.send_pdu(self._engine, *words)

    def _wire(self, address: str) -> tuple[Wire, tuple[int, ...]]:
        domain, kind = family(address)
        if domain not in self._wires:
            wire = kind()
            wire.open_client_mode()
            config.add_transport(self._engine, domain, wire)
            self._engine.transport_dispatcher.set_timer_resolution(TICK_SECONDS)
            self._wires[domain] = wire
        return self._wires[domain], domain

    def _account(self, credential: Credential) -> Any:
        if credential not in self._accounts:
            self._accounts[credential] = OctetString(self._add(credential))
        return self._accounts[credential]

    def _add(self, credential: Credential) -> str:
        name = f"account{len(self._accounts)}"
        if isinstance(credential, Community):
            config.add_v1_system(self._engine, name, credential.secret.reveal())
        else:
            name = credential.name
            self._add_user(credential)
        # pysnmp believes the answers of those accounts alone that some target's parameters name.
        config.add_target_parameters(self._engine, name, name, _level(credential), _models(credential)[0])
        return name

    def _add_user(self, user: User) -> None:
        privacy = PRIVACY[user.privacy_protocol] if user.privacy else config.USM_PRIV_NONE
        config.add_v3_user(
            self._engine,
            user.name,
            AUTH[user.auth_protocol],
            master_key(user.auth_protocol, user.auth),
            privacy,
            master_key(user.auth_protocol, user.privacy) if user.privacy else None,
            authKeyType=config.USM_KEY_TYPE_MASTER,
            privKeyType=config.USM_KEY_TYPE_MASTER,
        )

    def close(self) -> None:
        """Close the sockets; requests that are open are dropped."""
        self._engine.close_dispatcher()


def _models(credential: Credential) -> tuple[int, int]:
    return V2C if isinstance(credential, Community) else V3


def _level(credential: Credential) -> str:
    if isinstance(credential, Community):
        return "noAuthNoPriv"
    return "authPriv" if credential.privacy else "authNoPriv"
