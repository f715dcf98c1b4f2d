"""``monitor``: Prometheus with what it asks nodes, devices and addresses through, and Alertmanager.

Targets follow from the estate, in the form that ``yiwang inventory export prometheus`` writes; rules of
alarm that a folder holds besides are taken up as well.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from importlib.resources import files as resources
from typing import TYPE_CHECKING, Annotated, Any, Literal

import yaml
from pydantic import Field
from pyinfra.operations import apt, files

from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared
from yiwang.core.vault.reference import SecretRef
from yiwang.deploy.component import Component, Gate, Secrets
from yiwang.deploy.components.node_exporter import CONFINEMENT
from yiwang.deploy.components.operations import service
from yiwang.deploy.components.operations.configuration import Configuration, written
from yiwang.inventory.exports.prometheus import CONFIGURATION, target_groups
from yiwang.inventory.model.names import Port

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate
    from yiwang.inventory.model.device import Snmp

HOME = "/etc/prometheus"
RULES = f"{HOME}/rules"
MODULE = "__snmp_module"
"""The label of a device that says by which module of ``snmp.yml`` it is asked; Prometheus drops it."""

LISTENS = {"prometheus": 9090, "alertmanager": 9093, "blackbox": 9115, "snmp": 9116}
"""Ports on the loopback."""

Url = Annotated[str, Field(pattern=r"^https?://[^\s'\"]+$")]
AuthProtocol = Literal["MD5", "SHA", "SHA224", "SHA256", "SHA384", "SHA512"]


class Targets(Declared):
    """Targets with the same labels."""

    targets: tuple[str, ...] = Field(description=N_("addresses"))
    labels: dict[str, str] = Field(description=N_("what is known of them"))


class SnmpAccess(Declared):
    """How devices are read; several that are read alike share one."""

    version: Literal["2c", "3"] = Field(description=N_("2c or 3"))
    community: SecretRef | None = Field(None, description=N_("reference to the community (2c)"))
    user: str = Field("", description=N_("user (3)"))
    auth: SecretRef | None = Field(None, description=N_("reference to the authentication password (3)"))
    privacy: SecretRef | None = Field(None, description=N_("reference to the privacy password (3)"))
    auth_protocol: AuthProtocol = Field("SHA256", description=N_("how devices authenticate (3)"))
    privacy_protocol: Literal["DES", "AES", "AES192", "AES256"] = Field(
        "AES", description=N_("how devices encrypt (3)")
    )


class Monitor(Declared):
    """Values of ``monitor``."""

    nodes: tuple[Targets, ...] = Field((), description=N_("nodes, with their labels"))
    devices: tuple[Targets, ...] = Field((), description=N_("devices, with their labels"))
    snmp: dict[str, SnmpAccess] = Field(default_factory=dict, description=N_("how devices are read, by module"))
    interval_seconds: int = Field(30, ge=1, le=3600, description=N_("time between two looks at a target"))
    alarm_seconds: int = Field(120, ge=0, description=N_("how long something must last until it is an alarm"))
    retention_days: int = Field(190, ge=1, description=N_("days that figures are kept"))
    retention_gib: int = Field(50, ge=1, description=N_("most disk that figures take, in GiB"))
    webhooks: tuple[Url, ...] = Field((), description=N_("addresses that alarms are sent to"))
    port: Port = Field(LISTENS["prometheus"], description=N_("TCP port of Prometheus on the loopback"))


def derive(estate: Estate, name: str) -> Mapping[str, Any]:
    """Every node and device that has an address."""
    modules: dict[str, str] = {}
    devices = []
    for group in target_groups(estate, None, "devices"):
        snmp = estate.devices[group["labels"]["node"]].snmp
        if snmp:
            module = modules.setdefault(_access(snmp), f"if_mib_{len(modules) + 1}")
            port = "" if snmp.port == 161 else f":{snmp.port}"
            devices.append(
                {
                    "targets": [f"{each}{port}" for each in group["targets"]],
                    "labels": {**group["labels"], MODULE: module},
                }
            )
        else:
            devices.append(group)
    return {
        "nodes": target_groups(estate, None, "nodes"),
        "devices": devices,
        "snmp": {module: json.loads(access) for access, module in modules.items()},
    }


def _access(snmp: Snmp) -> str:
    used = {"2c": ("version", "community"), "3": ("version", "user", "auth", "privacy")}[snmp.version]
    return json.dumps({key: value for key in used if (value := getattr(snmp, key)) is not None})


def deploy(spec: Monitor, secrets: Secrets) -> None:
    """Settings and confinement before packages, so that nothing ever listens to the network."""
    units = {unit: tuple(_of_unit(unit, options)) for unit, options in _options(spec).items()}
    _targets(spec)
    apt.packages(name=_("packages of the monitor"), packages=list(units), no_recommends=True)
    reads = {
        "prometheus": [*_prometheus(spec)],
        "prometheus-alertmanager": [_alertmanager(spec)],
        "prometheus-blackbox-exporter": [
            written(_("ways to look at addresses"), "monitor/blackbox.yml", f"{HOME}/blackbox.yml")
        ],
        "prometheus-snmp-exporter": [_snmp(spec, secrets)],
    }
    for unit, files_of_unit in units.items():
        service.running(
            name=_("{unit} runs").format(unit=unit),
            service=unit,
            reads=(*files_of_unit, *reads[unit]),
            check=CHECKS.get(unit, ""),
            apply="restart",
        )


CHECKS = {
    "prometheus": f"promtool check config {HOME}/prometheus.yml",
    "prometheus-alertmanager": f"amtool check-config {HOME}/alertmanager.yml",
}


def _options(spec: Monitor) -> dict[str, list[str]]:
    """The packages, which are also the units, with how their programs are called."""
    listens = {name: f"--web.listen-address=127.0.0.1:{port}" for name, port in LISTENS.items()}
    keeps = [
        f"--storage.tsdb.retention.time={spec.retention_days}d",
        f"--storage.tsdb.retention.size={spec.retention_gib}GB",
    ]
    return {
        "prometheus": [f"--web.listen-address=127.0.0.1:{spec.port}", *keeps],
        # Alone: it neither listens for others of its kind nor looks for them.
        "prometheus-alertmanager": [listens["alertmanager"], "--cluster.listen-address="],
        "prometheus-blackbox-exporter": [f"--config.file={HOME}/blackbox.yml", listens["blackbox"]],
        "prometheus-snmp-exporter": [f"--config.file={HOME}/snmp.yml", listens["snmp"]],
    }


def _of_unit(unit: str, options: list[str]) -> Iterator[Configuration]:
    yield written(
        _("options of {unit}").format(unit=unit), "monitor/default.j2", f"/etc/default/{unit}", options=options
    )
    yield written(
        _("confinement of {unit}").format(unit=unit),
        CONFINEMENT,
        f"/etc/systemd/system/{unit}.service.d/50-yiwang.conf",
        capabilities="CAP_NET_RAW" if "blackbox" in unit else "",
        families="AF_NETLINK",
    )


def _targets(spec: Monitor) -> None:
    """Prometheus notices by itself when one of these changes."""
    for name, groups in (("nodes", spec.nodes), ("devices", spec.devices)):
        path = f"{HOME}/{name}.json"
        text = json.dumps([group.model_dump(mode="json") for group in groups], ensure_ascii=False, indent=2)
        title = _("targets: {name}").format(name=name)
        files.put(name=title, src=io.StringIO(f"{text}\n"), dest=path, mode="644")


def _prometheus(spec: Monitor) -> Iterator[Configuration]:
    files.directory(name=_("folder of rules of alarm"), path=RULES, mode="755")
    yield written(
        _("rules of alarm"),
        "monitor/rules.yml.j2",
        f"{RULES}/yiwang.yml",
        lasts=f"{spec.alarm_seconds}s",
        interval=spec.interval_seconds,
    )
    path = f"{HOME}/prometheus.yml"
    text = "# Written by Yiwang.\n" + yaml.safe_dump(_configuration(spec), sort_keys=False)
    yield Configuration(path, files.put(name=_("what is watched"), src=io.StringIO(text), dest=path, mode="644"))


def _configuration(spec: Monitor) -> dict[str, Any]:
    """What the export writes, with alarms, and with the devices' own ways of being read."""
    made: dict[str, Any] = yaml.safe_load(CONFIGURATION)
    interval = f"{spec.interval_seconds}s"
    made["global"] = {
        "scrape_interval": interval,
        "scrape_timeout": f"{min(spec.interval_seconds, 20)}s",
        "evaluation_interval": interval,
    }
    made["rule_files"] = [f"{RULES}/*.yml"]
    made["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{LISTENS['alertmanager']}"]}]}]}
    by_module = {"source_labels": [MODULE], "regex": "(.+)", "target_label": "__param_module"}
    for job in made["scrape_configs"]:
        if job["job_name"] == "yiwang-devices":
            job["relabel_configs"].insert(0, by_module)
    made["scrape_configs"].append(
        {"job_name": "prometheus", "static_configs": [{"targets": [f"127.0.0.1:{spec.port}"]}]}
    )
    return made


def _alertmanager(spec: Monitor) -> Configuration:
    return written(
        _("whom alarms are sent to"), "monitor/alertmanager.yml.j2", f"{HOME}/alertmanager.yml", webhooks=spec.webhooks
    )


def _snmp(spec: Monitor, secrets: Secrets) -> Configuration:
    path = f"{HOME}/snmp.yml"
    common = yaml.safe_load((resources(__package__) / "files/monitor/if_mib.yaml").read_text(encoding="utf-8"))
    modules = {module: {**common, **_credentials(access, secrets)} for module, access in spec.snmp.items()}
    # JSON is YAML as well, and a secret in it looks as the engine knows how to hide it.
    text = f"# Written by Yiwang.\n{json.dumps(modules, ensure_ascii=False, indent=1)}\n"
    put = files.put(name=_("how devices are read"), src=io.StringIO(text), dest=path, group="prometheus", mode="640")
    return Configuration(path, put)


def _credentials(access: SnmpAccess, secrets: Secrets) -> dict[str, Any]:
    def opened(reference: str | None) -> str:
        return secrets(reference).reveal() if reference else ""

    if access.version == "2c":
        return {"version": 2, "auth": {"community": opened(access.community)}}
    level = "authPriv" if access.privacy else "authNoPriv" if access.auth else "noAuthNoPriv"
    auth = {
        "username": access.user,
        "security_level": level,
        "password": opened(access.auth),
        "auth_protocol": access.auth_protocol,
        "priv_protocol": access.privacy_protocol,
        "priv_password": opened(access.privacy),
    }
    return {"version": 3, "auth": {key: value for key, value in auth.items() if value}}


def gates(spec: Monitor) -> tuple[Gate, ...]:
    """All of it is ready."""
    return (
        Gate("http", {"url": f"http://127.0.0.1:{spec.port}/-/ready"}),
        Gate("http", {"url": f"http://127.0.0.1:{LISTENS['alertmanager']}/-/ready"}),
        Gate("tcp", {"port": LISTENS["blackbox"]}),
        Gate("tcp", {"port": LISTENS["snmp"]}),
    )


COMPONENT = Component(
    name="monitor",
    title=N_("monitor"),
    spec=Monitor,
    deploy=deploy,
    derive=derive,
    gates=gates,
    clauses=("8.1.5.4",),
)
