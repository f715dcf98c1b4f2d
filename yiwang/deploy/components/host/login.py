"""How one logs in: SSH, passwords, lockout, idle time, and what is shown before."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from pyinfra.operations import files

from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared, Flag
from yiwang.deploy.components.operations import command, service
from yiwang.deploy.components.operations.configuration import written
from yiwang.inventory.estate import Estate

BANNER = "本系统属政府部门，仅供授权人员使用。一切操作均被记录和审计，未经授权访问将依法追究责任。"

_STACKS = ("account", "auth", "password", "session", "session-noninteractive")
PAM = [*(f"/etc/pam.d/common-{each}" for each in _STACKS), *(f"/var/lib/pam/{each}" for each in (*_STACKS, "seen"))]
"""What pam-auth-update writes."""


class Logins(Declared):
    """How one logs in."""

    banner: str = Field(BANNER, description=N_("what is shown before the login"))
    root_login: Flag = Field(False, description=N_("whether root may log in by key; true only where it manages"))
    password_login: Flag = Field(False, description=N_("whether SSH takes passwords; true only where there is no key"))
    tcp_forwarding: Flag = Field(False, description=N_("whether SSH passes connections on; true on jump hosts"))
    idle_seconds: int = Field(600, ge=60, le=3600, description=N_("idle time after which a session ends, in seconds"))
    login_tries: int = Field(5, ge=3, le=10, description=N_("failed logins after which an account is locked"))
    lockout_seconds: int = Field(900, ge=60, description=N_("how long an account stays locked, in seconds"))
    password_length: int = Field(10, ge=8, description=N_("shortest password, in characters"))
    password_days: int = Field(90, ge=1, le=365, description=N_("days after which a password must be changed"))


def derive(estate: Estate, name: str) -> dict[str, Any]:
    """What the estate's own way in needs, so that the node never locks it out."""
    own = estate.nodes[name]
    is_way = any(name in (each.connection.via,) for each in estate.nodes.values())
    is_way = is_way or any(name == each.credentials.via for each in estate.devices.values())
    return {
        "root_login": own.connection.user == "root",
        "password_login": own.connection.private_key is None and own.connection.password is not None,
        "tcp_forwarding": is_way or "bastion" in own.roles,
    }


def deploy(spec: Logins) -> None:
    """SSH, passwords, lockout, sessions, banner."""
    for path in ("/etc/issue", "/etc/issue.net"):
        written(_("notice before the login"), "baseline/issue.j2", path, banner=spec.banner)
    written(_("idle sessions end"), "baseline/profile.sh.j2", "/etc/profile.d/50-yiwang.sh", idle=spec.idle_seconds)
    _passwords(spec)
    _lockout(spec)
    server = written(_("SSH server"), "baseline/sshd.conf.j2", "/etc/ssh/sshd_config.d/20-yiwang.conf", spec=spec)
    service.running(name=_("SSH server in force"), service="ssh", reads=(server,), check="sshd -t", apply="reload")


def _passwords(spec: Logins) -> None:
    for key, value in {
        "PASS_MAX_DAYS": spec.password_days,
        "PASS_WARN_AGE": 7,
        "UMASK": "027",
        "HOME_MODE": "0700",
    }.items():
        files.line(
            name=_("age of passwords and rights of new files: {key}").format(key=key),
            path="/etc/login.defs",
            line=rf"^#*{key}\s.*$",
            replace=f"{key}\t{value}",
        )
    written(
        _("strength of passwords"),
        "baseline/pwquality.conf.j2",
        "/etc/security/pwquality.conf.d/50-yiwang.conf",
        length=spec.password_length,
    )


def _lockout(spec: Logins) -> None:
    written(_("lockout after failed logins"), "baseline/faillock.conf.j2", "/etc/security/faillock.conf", spec=spec)
    modules = [
        written(_("failed logins are counted"), f"baseline/{name}", f"/usr/share/pam-configs/{name}").operation
        for name in ("yiwang-faillock", "yiwang-faillock-before")
    ]
    command.ensure(
        name=_("failed logins are counted at every login"),
        commands=[
            "DEBIAN_FRONTEND=noninteractive pam-auth-update --package --enable yiwang-faillock yiwang-faillock-before"
        ],
        holds="grep -q 'pam_faillock.so preauth' /etc/pam.d/common-auth"
        " && grep -q 'pam_faillock.so authfail' /etc/pam.d/common-auth"
        " && grep -q pam_faillock.so /etc/pam.d/common-account",
        after=modules,
        changes=PAM,
    )
