"""From the estate's devices to targets: addresses as declared, credentials from the vault, each opened once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from yiwang.core.errors import NotFoundError, YiwangError
from yiwang.core.i18n import N_, _
from yiwang.core.vault.opening import OpenSecret
from yiwang.inventory.estate import Estate
from yiwang.inventory.model.device import Device, Snmp
from yiwang.inventory.selector import Selector
from yiwang.network.snmp import faults
from yiwang.network.snmp.credential import AuthProtocol, Community, Credential, PrivacyProtocol, User
from yiwang.network.snmp.faults import SnmpError
from yiwang.network.snmp.session import Target

NO_SNMP, NO_ADDRESS, NO_COMMUNITY, NO_USER = (
    N_("no snmp: section"),
    N_("no management: address"),
    N_("no community:"),
    N_("no user: and auth:"),
)


@dataclass(slots=True)
class Credentials:
    """Credentials by what the estate declares of them: devices that declare the same share one."""

    open: OpenSecret
    _opened: dict[tuple[object, ...], Credential] = field(default_factory=dict)

    def of(self, name: str, snmp: Snmp) -> Credential:
        """The credential of a device.

        Raises:
            SnmpError: the declaration is incomplete (E3312).
            NotFoundError, VaultError: a secret is missing or cannot be opened.
        """
        key = (snmp.version, snmp.community, snmp.user, snmp.auth, snmp.privacy, *_protocols(snmp))
        if key not in self._opened:
            self._opened[key] = self._user(name, snmp) if snmp.version == "3" else self._community(name, snmp)
        return self._opened[key]

    def _community(self, name: str, snmp: Snmp) -> Community:
        if not snmp.community:
            raise SnmpError(faults.NOT_DECLARED, device=name, what=_(NO_COMMUNITY))
        return Community(self.open(snmp.community))

    def _user(self, name: str, snmp: Snmp) -> User:
        if not (snmp.user and snmp.auth):
            raise SnmpError(faults.NOT_DECLARED, device=name, what=_(NO_USER))
        privacy = self.open(snmp.privacy) if snmp.privacy else None
        return User(snmp.user, self.open(snmp.auth), privacy, *_protocols(snmp))


def _protocols(snmp: Snmp) -> tuple[AuthProtocol, PrivacyProtocol]:
    return snmp.auth_protocol, snmp.privacy_protocol


def targets(
    estate: Estate, selector: Selector | None, open_secret: OpenSecret, refuse: Callable[[str, YiwangError], None]
) -> Iterator[Target]:
    """The selected devices, in name order; ``refuse`` is told of each that cannot be asked.

    Raises:
        VaultError: a secret cannot be opened.
    """
    credentials = Credentials(open_secret)
    for kind, name, device in estate.targets(selector):
        if kind == "devices" and isinstance(device, Device):
            try:
                yield _target(name, device, credentials)
            except (SnmpError, NotFoundError) as problem:
                refuse(name, problem)


def _target(name: str, device: Device, credentials: Credentials) -> Target:
    if device.snmp is None:
        raise SnmpError(faults.NOT_DECLARED, device=name, what=_(NO_SNMP))
    if device.management is None:
        raise SnmpError(faults.NOT_DECLARED, device=name, what=_(NO_ADDRESS))
    return Target(name, str(device.management), device.snmp.port, credentials.of(name, device.snmp))
