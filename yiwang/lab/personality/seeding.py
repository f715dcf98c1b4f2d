"""Every file that a device of the lab needs beyond the image."""

from __future__ import annotations

import json
import py_compile
import secrets
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath

from yiwang.core.vault.secret import Secret
from yiwang.lab.personality import catalogue, lldp, snmpd
from yiwang.lab.personality.engine import meaning
from yiwang.lab.personality.engine.apply import QUESTIONS, daemons
from yiwang.lab.personality.engine.device import Device, hashed
from yiwang.lab.personality.engine.translation import Translation, translate
from yiwang.lab.personality.engine.tree import parse
from yiwang.lab.personality.snmpd import SnmpAccess, SystemGroup
from yiwang.lab.seed import Seed, SeedFile, folder, link, text

__all__ = ("SHELL", "DeviceSeed", "SnmpAccess", "seed", "translation_of")

PROGRAMS = "usr/lib/yiwang/personality"
SHELL = PurePosixPath(f"/{PROGRAMS}/shell")
"""The login shell of a device's account."""

STATE = "var/lib/yiwang/personality"
ENGINE = Path(__file__).parent / "engine"
SNMP_GROUP = "Debian-snmp"
BOOT_SERVICE = "etc/systemd/system/yiwang-personality.service"
_SNMPD_OPTIONS = f"-LOw -u {SNMP_GROUP} -g {SNMP_GROUP} -I {snmpd.MODULES}"


@dataclass(frozen=True, slots=True)
class DeviceSeed:
    """What a device of the lab is to be.

    ``configuration`` is in the vendor's syntax, ``ports`` are pairs of the declared and the kernel's
    name, ``account`` is the user whose login shell is the personality (:data:`SHELL`), and
    ``is_candidate`` makes a VRP device collect changes until they are committed (VRP 8).
    """

    name: str
    platform: str
    configuration: str = field(repr=False)
    ports: tuple[tuple[str, str], ...] = ()
    account: str = "yiwang"
    snmp: SnmpAccess | None = None
    enable: Secret | None = None
    is_candidate: bool = False
    location: str = ""


def seed(device: DeviceSeed) -> Seed:
    """Path without a leading slash → the file there.

    Raises:
        NotFoundError: there is no such platform (E6400).
    """
    return {
        **_engine(),
        **_identity(device),
        **_routing(device),
        **_lldp(device),
        **(_snmp(device, device.snmp) if device.snmp else {}),
        **_login(device),
    }


def translation_of(device: DeviceSeed) -> Translation:
    """The device's configuration as FRR's, with what of it is not rehearsed."""
    return translate(device.configuration, catalogue.platform(device.platform), dict(device.ports), name=device.name)


@cache
def _engine() -> Seed:
    found: dict[str, SeedFile] = {}
    package = "yiwang.lab.personality.engine"
    place = f"{PROGRAMS}/{package.replace('.', '/')}"
    for file in sorted(ENGINE.glob("*.py")):
        found[f"{place}/{file.name}"] = SeedFile(file.read_bytes())
        compiled = f"{place}/__pycache__/{file.stem}.{sys.implementation.cache_tag}.pyc"
        found[compiled] = SeedFile(_compiled(file, f"/{place}/{file.name}"))
    for name in ("shell", "apply", "agent"):
        program = f"#!/usr/bin/python3 -Es\nimport sys\n\nfrom {package}.{name} import main\n\nsys.exit(main())\n"
        found[f"{PROGRAMS}/{name}"] = text(program, 0o755)
    return found


def _compiled(source: Path, shown: str) -> bytes:
    # Without this every login would compile the engine anew: the account may not write there.  A Python
    # of another version in the image ignores the file.
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    with tempfile.TemporaryDirectory() as place:
        target = str(Path(place) / "compiled")
        py_compile.compile(str(source), target, shown, doraise=True, invalidation_mode=mode)
        return Path(target).read_bytes()


def _identity(device: DeviceSeed) -> Seed:
    kept = Device(
        name=device.name,
        platform=device.platform,
        state=Path(f"/{STATE}"),
        ports=dict(device.ports),
        account=device.account,
        is_candidate=device.is_candidate,
        location=device.location,
        apply=("sudo", "-n", f"/{PROGRAMS}/apply"),
    )
    platform = json.dumps(catalogue.platform_data(device.platform), ensure_ascii=False)
    configuration = SeedFile(device.configuration.encode(), 0o640, device.account, SNMP_GROUP)
    return {
        "etc/yiwang/device.json": text(json.dumps(kept.document(), ensure_ascii=False)),
        "etc/yiwang/platform.json": text(platform),
        # The set-group-id bit: what sessions write here stays readable for the SNMP agent.
        STATE: folder(0o2750, owner=device.account, group=SNMP_GROUP),
        f"{STATE}/running.cfg": configuration,
        f"{STATE}/startup.cfg": configuration,
    }


def _routing(device: DeviceSeed) -> Seed:
    translation = translation_of(device)
    return {
        "etc/frr/frr.conf": text(translation.frr, 0o640, owner="frr", group="frr"),
        "etc/frr/daemons": text(daemons(translation.daemons), 0o640, owner="frr", group="frr"),
        "etc/frr/vtysh.conf": text("service integrated-vtysh-config\n", 0o640, owner="frr", group="frrvty"),
    }


def _hostname(device: DeviceSeed) -> str:
    platform = catalogue.platform(device.platform)
    return meaning.hostname(parse(device.configuration, platform.comment), platform, device.name)


def _lldp(device: DeviceSeed) -> Seed:
    description = catalogue.platform_data(device.platform)["sysdescr"]
    return {"etc/lldpd.d/yiwang.conf": text(lldp.lldpd_file(_hostname(device), description, device.ports))}


def _snmp(device: DeviceSeed, access: SnmpAccess) -> Seed:
    data = catalogue.platform_data(device.platform)
    system = SystemGroup(data["sysobjectid"], data["sysdescr"], _hostname(device), device.location)
    service = f"[Service]\nExecStart=\nExecStart=/usr/sbin/snmpd {_SNMPD_OPTIONS} -f -p /run/snmpd.pid\n"
    return {
        "etc/snmp/snmpd.conf": text(snmpd.main_file(system, access, f"/{PROGRAMS}/agent"), 0o640, group=SNMP_GROUP),
        "var/lib/snmp/snmpd.conf": text(
            snmpd.user_file(system.name, access), 0o600, owner=SNMP_GROUP, group=SNMP_GROUP
        ),
        "etc/systemd/system/snmpd.service.d/yiwang.conf": text(service),
        "etc/default/snmpd": text(f"SNMPDOPTS='{_SNMPD_OPTIONS} -p /run/snmpd.pid'\n"),
    }


def _login(device: DeviceSeed) -> Seed:
    program = f"/{PROGRAMS}/apply"
    allowed = [f'{program} ""', f"{program} reboot", *(f"{program} show {what}" for what in QUESTIONS)]
    files = {
        "etc/sudoers.d/yiwang-personality": text(
            f"{device.account} ALL=(root) NOPASSWD: {', '.join(allowed)}\n", 0o440
        ),
        BOOT_SERVICE: text(_boot_service()),
        "etc/systemd/system/multi-user.target.wants/yiwang-personality.service": link(f"/{BOOT_SERVICE}"),
        # Nothing of Debian's is to be seen before the personality's own banner.
        "etc/ssh/sshd_config.d/10-yiwang-personality.conf": text("PrintMotd no\nPrintLastLog no\n"),
        "etc/motd": text(""),
        "etc/update-motd.d/10-uname": text("#!/bin/sh\n"),
    }
    if device.enable:
        stored = hashed(device.enable.reveal(), secrets.token_bytes(16))
        files["etc/yiwang/enable"] = text(stored, 0o400, owner=device.account, group=device.account)
    return files


def _boot_service() -> str:
    same = f"cmp -s /{STATE}/startup.cfg /{STATE}/running.cfg"
    return f"""[Unit]
Description=A device begins with its saved configuration
Before=frr.service snmpd.service lldpd.service ssh.service

[Service]
Type=oneshot
ExecStart=/bin/sh -c '{same} || exec /{PROGRAMS}/apply boot'
"""
