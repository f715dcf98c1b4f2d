"""The 25 hardening steps of the provisioning benchmark, as a component of ordinary pyinfra operations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from yiwang.core.validation import Declared
from yiwang.deploy.component import Component, Secrets

HERE = Path(__file__).with_suffix("")
PACKAGES = ["openssh-server", "rsyslog", "nftables", "sudo", "cron"]
ACCOUNTS = {"netadmin": 3001, "auditor": 3002}
FILES = {
    "issue.net": ("/etc/issue.net", "644"),
    "audit.rules": ("/etc/audit/rules.d/extranet.rules", "640"),
    "hardening.conf": ("/etc/modprobe.d/hardening.conf", "644"),
    "tmout.sh": ("/etc/profile.d/tmout.sh", "644"),
}
TEMPLATES = {
    "nftables.conf.j2": ("/etc/nftables.conf", "640"),
    "chrony.conf.j2": ("/etc/extranet/chrony.conf", "644"),
}
SSHD = {
    "PermitRootLogin": "prohibit-password",
    "PasswordAuthentication": "no",
    "X11Forwarding": "no",
    "MaxAuthTries": "3",
    "ClientAliveInterval": "300",
    "AllowTcpForwarding": "no",
}
SYSCTL = {
    "net.ipv4.conf.all.rp_filter": 1,
    "net.ipv4.conf.all.accept_redirects": 0,
    "net.ipv4.conf.all.send_redirects": 0,
    "net.ipv4.tcp_syncookies": 1,
    "kernel.kptr_restrict": 2,
}


class Spec(Declared):
    """What differs between nodes."""

    role: str = "node"
    management: str = "10.77.0.0/16"
    time_server: str = "10.77.0.1"


def deploy(spec: Spec, secrets: Secrets) -> None:
    """The 25 steps."""
    from pyinfra.operations import apt, files, server, systemd

    data: dict[str, Any] = spec.model_dump()
    owned = {"user": "root", "group": "root"}
    apt.packages(name="packages", packages=PACKAGES)
    server.group(name="group netops", group="netops", gid=3000)
    for user, number in ACCOUNTS.items():
        home = f"/home/{user}"
        server.user(name=f"user {user}", user=user, uid=number, group="netops", shell="/bin/bash", home=home)
    for folder in ("/etc/extranet", "/etc/audit/rules.d"):
        files.directory(name=f"folder {folder}", path=folder, mode="750", **owned)
    for source, (place, mode) in FILES.items():
        files.put(name=f"file {place}", src=str(HERE / source), dest=place, mode=mode, **owned)
    for source, (place, mode) in TEMPLATES.items():
        files.template(name=f"file {place}", src=str(HERE / source), dest=place, mode=mode, **owned, **data)
    for key, value in SSHD.items():
        line, replace = rf"^#?{key} .*", f"{key} {value}"
        files.line(name=f"sshd {key}", path="/etc/ssh/sshd_config", line=line, replace=replace, extended_regex=True)
    for key, number in SYSCTL.items():
        place = "/etc/sysctl.d/90-extranet.conf"
        server.sysctl(name=f"sysctl {key}", key=key, value=number, persist=True, persist_file=place)
    files.file(name="file /etc/shadow", path="/etc/shadow", mode="640", user="root", group="shadow")
    systemd.service(name="service cron", service="cron", running=True, enabled=True)


COMPONENT = Component("hardening", "the 25 steps of the benchmark", Spec, deploy)
