"""The files that make a host out of the image: its name, keys, account, services."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from yiwang.core.vault.secret import Secret
from yiwang.lab.layout import Host
from yiwang.lab.profile import Profile
from yiwang.lab.seed import Seed, SeedFile, folder, link, text

ACCOUNT_NUMBER = 1000
KEYS_FILE = "/etc/ssh/yiwang-lab.keys"
LOCKED = "*"
"""In ``shadow``: no password lets in."""

PLAIN_INIT = "usr/lib/yiwang/plain-init"


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the host lets in: password as in ``shadow``, public keys as in ``authorized_keys``; may use sudo."""

    user: str
    password: str = LOCKED
    keys: tuple[str, ...] = ()
    shell: str = "/bin/bash"
    groups: tuple[str, ...] = ()
    is_administrator: bool = True


def host_seed(
    host: Host, profile: Profile, image: Path, *, account: Account, private_key: str, operator_key: str
) -> Seed:
    """What every host has: ``private_key`` is its own host key, ``operator_key`` lets `yiwang lab ssh` in."""
    return {
        **dict(_names(host)),
        **dict(_accounts(image, account)),
        **dict(_ssh(host, private_key, operator_key)),
        **dict(_services(profile)),
        "etc/lldpd.d/yiwang.conf": text(_lldp(host)),
        PLAIN_INIT: SeedFile(Path(__file__).with_name("plain-init.sh").read_bytes(), 0o755),
        "etc/yiwang/services": text("".join(f"{service}\n" for service in profile.services)),
    }


def _names(host: Host) -> Iterator[tuple[str, SeedFile]]:
    yield "etc/hostname", text(f"{host.name}\n")
    yield "etc/hosts", text(f"127.0.0.1\tlocalhost\n127.0.1.1\t{host.name}\n")
    yield "etc/resolv.conf", text("")
    yield "etc/localtime", link("/usr/share/zoneinfo/Asia/Shanghai")


def _accounts(image: Path, account: Account) -> Iterator[tuple[str, SeedFile]]:
    user = account.user
    home = "root" if user == "root" else f"home/{user}"
    passwd, shadow, group = ((image / "etc" / name).read_text() for name in ("passwd", "shadow", "group"))
    if user == "root":
        shadow = _with_password(shadow, account.password)
    else:
        passwd += f"{user}:x:{ACCOUNT_NUMBER}:{ACCOUNT_NUMBER}::/{home}:{account.shell}\n"
        shadow += f"{user}:{account.password}:19000:0:99999:7:::\n"
        group = _with_member(group, user, account.groups) + f"{user}:x:{ACCOUNT_NUMBER}:\n"
        if account.is_administrator:
            yield f"etc/sudoers.d/{user}", text(f"{user} ALL=(ALL) NOPASSWD: ALL\n", 0o440)
        yield home, folder(0o750, owner=user, group=user)
    yield "etc/passwd", text(passwd)
    yield "etc/shadow", text(shadow, 0o640, group="shadow")
    yield "etc/group", text(group)
    yield f"{home}/.ssh", folder(0o700, owner=user, group=user)
    keys = "".join(f"{key}\n" for key in account.keys)
    yield f"{home}/.ssh/authorized_keys", text(keys, 0o600, owner=user, group=user)


def _with_password(shadow: str, password: str) -> str:
    rows = (row.split(":") for row in shadow.splitlines())
    return "".join(":".join([row[0], password, *row[2:]] if row[0] == "root" else row) + "\n" for row in rows)


def _with_member(group: str, user: str, groups: tuple[str, ...]) -> str:
    def joined(row: str) -> str:
        if row.partition(":")[0] not in groups:
            return row
        return f"{row}{user}" if row.endswith(":") else f"{row},{user}"

    return "".join(f"{joined(row)}\n" for row in group.splitlines())


def _ssh(host: Host, private_key: str, operator_key: str) -> Iterator[tuple[str, SeedFile]]:
    yield "etc/ssh/ssh_host_ed25519_key", text(private_key, 0o600)
    yield "etc/ssh/ssh_host_ed25519_key.pub", text(f"{host.host_key} {host.name}\n")
    yield KEYS_FILE.removeprefix("/"), text(f"{operator_key}\n")
    drop_in = f"HostKey /etc/ssh/ssh_host_ed25519_key\nAuthorizedKeysFile .ssh/authorized_keys {KEYS_FILE}\n"
    yield "etc/ssh/sshd_config.d/10-yiwang-lab.conf", text(drop_in)


def _services(profile: Profile) -> Iterator[tuple[str, SeedFile]]:
    for service in profile.services:
        wanted = f"etc/systemd/system/multi-user.target.wants/{service}.service"
        yield wanted, link(f"/lib/systemd/system/{service}.service")


def _lldp(host: Host) -> str:
    return (
        f"configure system hostname {host.name}\n"
        "configure system interface pattern *,!mgmt0,!lo\n"
        "configure lldp portidsubtype ifname\n"
        "configure lldp tx-interval 10\n"
    )


def shadow_account(user: str, *, password: Secret | None, keys: tuple[str, ...]) -> Account:
    """An account with its password hashed."""
    from yiwang.lab.credentials import password_hash

    return Account(user, password_hash(password) if password else LOCKED, keys)
