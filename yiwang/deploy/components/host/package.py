"""Packages: where they come from, security updates, and those that no node should have."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from pyinfra.operations import apt, files

from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared, Flag
from yiwang.deploy.components.host.peer import address_for
from yiwang.deploy.components.operations import command, service
from yiwang.deploy.components.operations.configuration import written
from yiwang.inventory.estate import Estate

KEYRING = "/etc/apt/keyrings/yiwang.asc"
SOURCE = "/etc/apt/sources.list.d/yiwang.sources"
NEEDED = (
    "auditd",
    "audispd-plugins",
    "ca-certificates",
    "chrony",
    "cracklib-runtime",
    "libpam-pwquality",
    "logrotate",
    "nftables",
)
NEEDED_TOO = ("curl", "openssl", "rsyslog", "rsyslog-gnutls", "sudo", "unattended-upgrades")
# Sources that cannot be reached from here would fail every update.
OTHERS = (
    f"find /etc/apt /etc/apt/sources.list.d -maxdepth 1 -type f ! -path {SOURCE}"
    " \\( -name '*.list' -o -name '*.sources' \\) -size +0"
)
ASIDE = "/etc/apt/sources.before-yiwang"
# The mirror's signature is asked for; under which name it is signed may change.
UPDATE = "apt-get update -q --error-on=any --allow-releaseinfo-change"
LISTS = 'find /var/lib/apt/lists -maxdepth 1 -name "*Packages*" | grep -q .'


class Packages(Declared):
    """Where packages come from."""

    mirror: str = Field("", description=N_("URL of the package mirror; empty: the node's own sources stay"))
    mirror_key: str = Field("", description=N_("public key that signs it, as text; empty: the node's own sources stay"))
    mirror_only: Flag = Field(True, description=N_("whether the node's other sources are put aside for the mirror"))
    mirror_suite: str = Field("./", description=N_("suite of the mirror; a name that ends in / is a folder"))
    mirror_parts: tuple[str, ...] = Field((), description=N_("parts of the suite, such as main"))
    update_origins: tuple[str, ...] = Field(
        ("origin=Debian,codename=${distro_codename},label=Debian-Security", "origin=Yiwang"),
        description=N_("whose updates are installed by themselves, in the words of unattended-upgrades"),
    )
    update_time: str = Field("03:30", pattern=r"^\d\d:\d\d$", description=N_("when, within the hour after it"))
    unwanted_packages: tuple[str, ...] = Field(
        ("inetutils-telnetd", "nis", "rsh-redone-server", "telnetd", "tftpd-hpa", "xinetd"),
        description=N_("packages that are removed"),
    )


def derive(estate: Estate, name: str) -> dict[str, Any]:
    """The declared mirror with the key that its node declares."""
    given = estate.nodes[name].mirror
    if not given:
        return {}
    if "://" in given:
        return {"mirror": given}
    target = estate.nodes.get(given)
    own = target.vars.get("mirror") if target else None
    key = own.get("key", "") if isinstance(own, dict) else ""
    return {"mirror": f"http://{address_for(estate, name, given)}/", "mirror_key": key}


def deploy(spec: Packages) -> None:
    """Package sources and packages."""
    sources = []
    if spec.mirror and spec.mirror_key:
        import io

        key = files.put(name=_("key of the mirror"), src=io.StringIO(spec.mirror_key), dest=KEYRING, mode="644")
        source = written(_("package source"), "baseline/mirror.sources.j2", SOURCE, spec=spec, keyring=KEYRING)
        sources = [key, source.operation]
        if spec.mirror_only:
            command.ensure(
                name=_("other package sources are put aside"),
                commands=[f"mkdir -p {ASIDE}", f"{OTHERS} -exec mv -t {ASIDE} {{}} +"],
                holds=f"! {OTHERS} | grep -q .",
                changes=["/etc/apt/sources.list", "/etc/apt/sources.list.d", ASIDE],
            )
    command.ensure(name=_("package lists"), commands=[UPDATE], holds=LISTS, after=sources, changes=[])
    apt.packages(name=_("packages that every node needs"), packages=[*NEEDED, *NEEDED_TOO], no_recommends=True)
    apt.packages(name=_("packages that no node has"), packages=list(spec.unwanted_packages), present=False)


def deploy_updates(spec: Packages) -> None:
    """Security updates that install themselves."""
    written(_("which updates"), "baseline/unattended.j2", "/etc/apt/apt.conf.d/52yiwang", origins=spec.update_origins)
    for unit, minutes in (("apt-daily", 0), ("apt-daily-upgrade", 60)):
        time = written(
            _("when updates run: {unit}").format(unit=unit),
            "baseline/timer.j2",
            f"/etc/systemd/system/{unit}.timer.d/50-yiwang.conf",
            time=_later(spec.update_time, minutes),
        )
        service.running(
            name=_("updates run: {unit}").format(unit=unit), service=f"{unit}.timer", reads=(time,), apply="restart"
        )


def _later(time: str, minutes: int) -> str:
    hour, minute = map(int, time.split(":"))
    whole = (hour * 60 + minute + minutes) % (24 * 60)
    return f"{whole // 60:02}:{whole % 60:02}"
