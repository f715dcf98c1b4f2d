"""The seed of every host of a lab, with the estate's own credentials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from yiwang.core.vault.generate import generate
from yiwang.core.vault.secret import Secret
from yiwang.inventory.estate import Estate
from yiwang.inventory.model import Device
from yiwang.lab.credentials import Credentials
from yiwang.lab.drafting import PERSONALITIES
from yiwang.lab.host_seed import Account, host_seed, shadow_account
from yiwang.lab.image.repository import Repository, seed_client, seed_mirror
from yiwang.lab.layout import Host, Layout
from yiwang.lab.personality.seeding import DeviceSeed, SnmpAccess, translation_of
from yiwang.lab.personality.seeding import seed as personality_seed
from yiwang.lab.profile import profiles
from yiwang.lab.router import daemons_of, forwarding, frr_configuration, frr_seed, snmp_seed
from yiwang.lab.seed import SeedFile, text
from yiwang.lab.server.binding import Binding
from yiwang.lab.server.seeding import Words, profile_seed, server_names

PERSONALITY_SHELL = "/usr/lib/yiwang/personality/shell"
ROUTER_GROUPS = ("frr", "frrvty")
"""Who may use FRR's command line: one group for its folder, one for its sockets."""

MIRROR_FOLDER = "srv/yiwang/mirror"


@dataclass(frozen=True)
class Seeds:
    """Makes the seeds of a lab's hosts; a credential that several share is resolved once."""

    estate: Estate
    layout: Layout
    credentials: Credentials
    repository: Repository
    host_keys: Mapping[str, str]
    operator_key: str
    configurations: Path | None = None

    def of(self, host: Host) -> dict[str, SeedFile]:
        """Every file of a host beyond the image."""
        profile = profiles(self.estate.folder)[host.profile]
        found: dict[str, SeedFile] = {
            **host_seed(
                host,
                profile,
                Path(host.layer or self.layout.image),
                account=self.account(host),
                private_key=self.host_keys[host.name],
                operator_key=self.operator_key,
            ),
            **self._packages(host),
            **profile_seed(profile, tuple(self._words(host))),
        }
        if host.kind == "node":
            names = server_names(host, self.layout, self.estate)
            found["etc/hosts"] = text(found["etc/hosts"].content.decode() + names)
        if host.kind == "device":
            found |= self._device(host, self.estate.devices[host.name])
        return found

    def _words(self, host: Host) -> Iterator[Words]:
        for name in host.adapters:
            profile = profiles(self.estate.folder)[host.profile]
            binding = Binding(name, self.estate.adapters[name], host.profile, profile)
            yield Words(host, binding, self._password(binding.password))
        if not host.adapters:
            yield Words(host)

    def account(self, host: Host) -> Account:
        """The declared account of a host; a department's server has one for the lab alone."""
        if host.kind == "server":
            return Account(host.user)
        if host.kind == "device":
            declared = self.estate.devices[host.name].credentials
            account = shadow_account(declared.user, password=self._password(declared.password), keys=())
            if host.platform in PERSONALITIES:
                return replace(account, shell=PERSONALITY_SHELL, groups=ROUTER_GROUPS, is_administrator=False)
            shell = "/usr/bin/vtysh" if host.platform == "frr" else "/bin/bash"
            return replace(account, shell=shell, groups=ROUTER_GROUPS, is_administrator=shell == "/bin/bash")
        connection = self.estate.nodes[host.name].connection
        keys = () if connection.private_key is None else (self.credentials.public_key(connection.private_key),)
        return shadow_account(connection.user, password=self._password(connection.password), keys=keys)

    def _password(self, reference: str | None) -> Secret | None:
        return self.credentials.secret(reference, lambda: generate().reveal()) if reference else None

    def _packages(self, host: Host) -> dict[str, SeedFile]:
        if host.name == self.layout.mirror:
            return {**seed_mirror(self.repository), **seed_client(self.repository, f"file:/{MIRROR_FOLDER}")}
        if self.layout.mirror:
            mirror = self.layout.by_name[self.layout.mirror]
            return seed_client(self.repository, f"http://{mirror.addresses[0]}")
        return seed_client(self.repository, f"file:/{MIRROR_FOLDER}")

    def _device(self, host: Host, device: Device) -> dict[str, SeedFile]:
        if host.platform in PERSONALITIES:
            return {**forwarding(), **personality_seed(self._personality(host, device))}
        access = self._snmp(device)
        configuration = frr_configuration(device, host, is_bare=self.layout.is_bare)
        return {
            **forwarding(),
            **frr_seed(configuration, daemons_of(device)),
            **(snmp_seed(host, access) if access else {}),
        }

    def _personality(self, host: Host, device: Device) -> DeviceSeed:
        from yiwang.lab.personality.configuration import configuration_of

        return DeviceSeed(
            name=host.name,
            platform=host.platform,
            configuration=self._collected(host) or configuration_of(self.estate, host.name, bare=self.layout.is_bare),
            ports=tuple((port.declared, port.kernel) for port in host.ports),
            account=host.user,
            snmp=self._snmp(device),
            enable=self._password(device.credentials.enable),
        )

    def _collected(self, host: Host) -> str:
        """The configuration that was collected from the real device, where there is one."""
        file = self.configurations / f"{host.name}.cfg" if self.configurations else None
        return file.read_text(encoding="utf-8", errors="replace") if file and file.is_file() else ""

    def untranslated(self, host: Host) -> tuple[str, ...]:
        """The lines of a device's configuration about routing that the lab does not act on."""
        if host.kind != "device" or host.platform not in PERSONALITIES:
            return ()
        return translation_of(self._personality(host, self.estate.devices[host.name])).untranslated

    def _snmp(self, device: Device) -> SnmpAccess | None:
        if device.snmp is None:
            return None
        return SnmpAccess(
            version=device.snmp.version,
            community=self._password(device.snmp.community),
            user=device.snmp.user or "yiwang",
            auth=self._password(device.snmp.auth),
            privacy=self._password(device.snmp.privacy),
            port=device.snmp.port,
        )
