"""The account that is handed over: as plain data with references, opened, and its fingerprint."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from yiwang.core.vault.opening import OpenSecret
from yiwang.core.vault.secret import Secret
from yiwang.inventory.estate import Estate
from yiwang.inventory.model.device import Device, Snmp
from yiwang.inventory.reach import Reach
from yiwang.network.collect.way import Way, opened, way_to
from yiwang.network.snmp.credential import Community
from yiwang.network.snmp.declared import Credentials
from yiwang.network.snmp.session import Target


@dataclass(frozen=True, slots=True)
class Account:
    """The opened accounts of one device: the way over SSH, the SNMP target, and all of it as it is sealed."""

    device: str
    way: Way
    target: Target
    sealed: Secret = field(repr=False)

    def fingerprint(self, key: Secret) -> str:
        """A digest under a key of everything that is handed over of this device."""
        return hmac.digest(key.reveal().encode(), self.sealed.reveal().encode(), "sha256").hex()


def plain_account(estate: Estate, reach: Reach) -> dict[str, Any]:
    """The accounts of a device with references to secrets only; the device declares them.

    Raises:
        ReachError: as of ``way_to``.
    """
    assert isinstance(reach.target, Device)
    handover = reach.target.handover
    assert handover is not None
    way = way_to(estate, reach)
    own = {"user": handover.user, "password": handover.password or "", "private_key": handover.private_key or ""}
    way[-1] |= own | {"enable": ""}
    return {"device": reach.name, "way": way, "snmp": handover.snmp.model_dump(mode="json")}


def open_account(plain: Mapping[str, Any], secrets: OpenSecret) -> Account:
    """The accounts with their secrets opened at this last moment.

    Raises:
        VaultError, NotFoundError: a secret cannot be opened.
        SnmpError: the declaration of SNMP is incomplete (E3312).
    """
    way = opened(plain["way"], secrets)
    snmp = Snmp(**plain["snmp"])
    credential = Credentials(secrets).of(plain["device"], snmp)
    target = Target(plain["device"], way[-1].host, snmp.port, credential)
    return Account(plain["device"], way, target, _sealed(way, target, snmp))


def _sealed(way: Way, target: Target, snmp: Snmp) -> Secret:
    last = way[-1]
    ssh = {"host": last.host, "port": last.port, "user": last.user, "host_keys": list(last.host_keys)}
    ssh |= {name: given.reveal() for name in ("password", "private_key") if (given := getattr(last, name)) is not None}
    told: dict[str, Any] = {"version": snmp.version, "port": snmp.port}
    credential = target.credential
    if isinstance(credential, Community):
        told["community"] = credential.secret.reveal()
    else:
        told |= {"user": credential.name, "auth": credential.auth.reveal(), "auth_protocol": snmp.auth_protocol}
        if credential.privacy is not None:
            told |= {"privacy": credential.privacy.reveal(), "privacy_protocol": snmp.privacy_protocol}
    return Secret(json.dumps({"device": target.name, "ssh": ssh, "snmp": told}, ensure_ascii=False, sort_keys=True))
