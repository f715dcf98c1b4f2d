"""net-snmp's configuration of a device: system group, access, and our program behind the interface tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from yiwang.core.vault.secret import Secret
from yiwang.lab.personality import usm

# Everything else that snmpd could tell is the Linux machine's, not the device's.
MODULES = (
    "system_mib,snmp_mib,sysORTable,vacm_conf,vacm_vars,vacm_context,usmConf,usmStats,usmUser,"
    "snmpEngine,pass,pass_persist"
)
MIB_2 = ".1.3.6.1.2.1"


@dataclass(frozen=True, slots=True)
class SnmpAccess:
    """Read access over SNMP: a community (version 2c), or a user with SHA-256 and AES-128 (version 3)."""

    version: str = "3"
    community: Secret | None = None
    user: str = "yiwang"
    auth: Secret | None = None
    privacy: Secret | None = None
    port: int = 161


@dataclass(frozen=True, slots=True)
class SystemGroup:
    """What a device tells of itself."""

    object_id: str
    description: str
    name: str
    location: str = ""


def main_file(system: SystemGroup, access: SnmpAccess, agent: PurePosixPath | str, *, listen: str = "") -> str:
    """``snmpd.conf``: ``agent`` is the command of our program, ``listen`` an address (default: all)."""
    address = f"udp:{listen}:{access.port}" if listen else f"udp:{access.port}"
    lines = [
        f"agentaddress {address}",
        f"exactEngineID 0x{usm.engine_id(system.name).hex()}",
        f"sysObjectID .{system.object_id}",
        f"sysDescr {system.description}",
        f"sysName {system.name}",
        f"sysLocation {system.location or '-'}",
        "sysContact -",
        "sysServices 78",
        *access_lines(access),
        # One program for all the tables: net-snmp starts a process for each line.
        f"pass_persist -p 10 {MIB_2} {agent}",
    ]
    return "".join(f"{line}\n" for line in lines)


def access_lines(access: SnmpAccess) -> list[str]:
    """The lines of ``snmpd.conf`` that let the community or the user read everything."""
    if access.version == "2c":
        return [f"rocommunity {access.community.reveal()} default"] if access.community else []
    level = "priv" if access.privacy else "auth"
    return [f"rouser {access.user} {level}"] if access.auth else []


def user_file(name: str, access: SnmpAccess) -> str:
    """The file in which net-snmp keeps its users; empty for version 2c."""
    if access.version == "2c" or not access.auth:
        return ""
    return usm.create_user(access.user, auth=access.auth, privacy=access.privacy, engine=usm.engine_id(name))
