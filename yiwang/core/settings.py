"""Settings and where each value came from.

Order, the first wins: command-line flags (``--set key=value``), the environment
(``YIWANG_DATABASE_URL`` for ``database.url``), ``yiwang.yaml`` in this folder or the
nearest one above, the user's ``~/.config/yiwang/yiwang.yaml``, ``/etc/yiwang/yiwang.yaml``,
and last the default.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from yiwang.core.document import NOT_A_MAPPING, parse, read
from yiwang.core.errors import Finding, Position, SettingsError, code, suggestion
from yiwang.core.i18n import N_
from yiwang.core.validation import Declared, Flag, validate
from yiwang.core.vault.reference import SecretRef

FILE_NAME = "yiwang.yaml"
# Settings that, in a file, are relative to that file.
_PATHS = {"estate", "state_folder", "cache_folder"} | {
    f"jobs.broker.{name}" for name in ("ca", "certificate", "key", "password_file")
}

UNKNOWN_SETTING = code(
    "E0201",
    N_('{origin}: the setting "{name}" is unknown{suggestion}'),
    N_("`yiwang config show` lists all settings"),
)
BAD_SETTINGS = code(
    "E0202",
    N_("{count} setting(s) cannot be used: {details}"),
    N_("`yiwang config show --origin` tells where each value came from"),
)
BAD_FLAG = code("E0203", N_('"{flag}" is not of the form key=value'), N_("write --set database.url=sqlite:///x.db"))


class DatabaseSettings(Declared):
    """Where evidence, journal, runs and steps are kept."""

    url: str = Field("", description=N_("SQLAlchemy URL; empty means SQLite in the state folder"))


class BrokerSettings(Declared):
    """The RabbitMQ broker between the city and the workers at the sites."""

    url: str = Field("", description=N_("address such as amqps://broker.hebi.example:5671/yiwang, without a login"))
    server_hostname: str = Field("", description=N_("name in the broker's certificate; must be set with amqps"))
    ca: Path | None = Field(None, description=N_("file of the authority that signed the broker's certificate"))
    certificate: Path | None = Field(None, description=N_("file of one's own certificate; it says who logs in"))
    key: Path | None = Field(None, description=N_("file of the certificate's private key"))
    password: SecretRef | None = Field(None, description=N_("reference to the password, where no certificate is used"))
    password_file: Path | None = Field(None, description=N_("file of the password, in place of a reference"))
    heartbeat_seconds: int = Field(10, ge=2, le=600, description=N_("a link silent for twice as long is taken for cut"))
    control: Path = Field(
        Path("rabbitmqctl"), description=N_("program by which `yiwang broker` administers the broker on its machine")
    )


class JobsSettings(Declared):
    """How runs are carried out: on this machine, or by workers at the sites."""

    executor: Literal["local", "distributed"] = Field(
        "local", description=N_("local: everything here; distributed: steps of a site by the workers of that site")
    )
    threads: int = Field(8, ge=1, le=512, description=N_("steps that run at once in threads"))
    processes: int = Field(2, ge=1, le=128, description=N_("steps that run at once in processes of their own"))
    lease_seconds: float = Field(60, gt=0, description=N_("a step not heard of for this long is given out again"))
    broker: BrokerSettings = BrokerSettings()


class VaultSettings(Declared):
    """Where secrets and the keys that open them are."""

    folder: Path = Field(Path("vault"), description=N_("folder of encrypted files, relative to the estate"))
    keys: dict[str, Path] = Field(
        default_factory=dict,
        description=N_("vault id to key file, such as 410621: /etc/yiwang/410621.key; or set $YIWANG_VAULT_KEY_410621"),
    )


class InventorySettings(Declared):
    """Reading the declared estate."""

    max_file_mib: float = Field(16, gt=0, description=N_("a larger file is refused before it is read, in MiB"))
    cache: Flag = Field(True, description=N_("keep parsed files by content hash under the cache folder"))


class DeploySettings(Declared):
    """Changing nodes."""

    ansible_strategy: Literal["linear", "mitogen_linear"] = Field(
        "linear", description=N_("how Ansible goes through a playbook; mitogen_linear where mitogen is installed")
    )


class NetworkSettings(Declared):
    """Speaking with network devices."""

    parallel: int = Field(50, ge=1, le=512, description=N_("devices that are spoken with at once"))
    site_parallel: int = Field(8, ge=1, le=512, description=N_("devices of one site that are spoken with at once"))
    connect_seconds: float = Field(10, gt=0, le=600, description=N_("longest time until a device takes a connection"))
    silence_seconds: float = Field(
        30, gt=0, le=3600, description=N_("a device that says nothing for so long has stopped answering")
    )
    archive: Path | None = Field(
        None, description=N_("folder of the archive of configurations; default: archive below the state folder")
    )


class LabSettings(Declared):
    """The rehearsal lab on this machine."""

    name: str = Field("", description=N_("lab that a call acts on; `yiwang lab run` sets it"))
    folder: Path = Field(
        Path("/var/lib/yiwang/lab"), description=N_("folder of node images, the package repository and snapshots")
    )
    disk_mib: int = Field(2048, ge=64, description=N_("size of a host's disk, in MiB; memory is used only as it fills"))
    reserve_mib: int = Field(1024, ge=0, description=N_("memory that a lab leaves to this machine, in MiB"))


class Settings(Declared):
    """All settings, frozen."""

    language: Literal["", "en", "zh_CN"] = Field("", description=N_("en or zh_CN; empty follows the environment"))
    estate: Path | None = Field(None, description=N_("folder of the declared estate"))
    state_folder: Path | None = Field(None, description=N_("folder of the embedded database"))
    cache_folder: Path | None = Field(None, description=N_("folder of what can be made again"))
    database: DatabaseSettings = DatabaseSettings()
    jobs: JobsSettings = JobsSettings()
    vault: VaultSettings = VaultSettings()
    inventory: InventorySettings = InventorySettings()
    deploy: DeploySettings = DeploySettings()
    network: NetworkSettings = NetworkSettings()
    lab: LabSettings = LabSettings()

    @property
    def state(self) -> Path:
        """The state folder: the declared one, else ``$XDG_STATE_HOME/yiwang``."""
        return self.state_folder or _xdg("XDG_STATE_HOME", ".local/state")

    @property
    def cache(self) -> Path:
        """The cache folder: the declared one, else ``$XDG_CACHE_HOME/yiwang``."""
        return self.cache_folder or _xdg("XDG_CACHE_HOME", ".cache")

    @property
    def database_url(self) -> str:
        """The database's URL: the declared one, else SQLite in the state folder."""
        return self.database.url or f"sqlite:///{self.state / 'yiwang.db'}"


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings with the origin of every value that is not a default, by dotted name."""

    settings: Settings
    origins: Mapping[str, str]


def _xdg(variable: str, fallback: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / fallback) / "yiwang"


def setting_names(model: type[Declared] = Settings, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting as (dotted name, pydantic field)."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Declared):
            yield from setting_names(field.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field


def files(folder: Path, explicit: Path | None = None) -> tuple[Path, ...]:
    """The settings files that exist, strongest first."""
    if explicit:
        return (explicit,)
    nearest = next((f / FILE_NAME for f in (folder, *folder.parents) if _is_file(f / FILE_NAME)), None)
    others = (_xdg("XDG_CONFIG_HOME", ".config") / FILE_NAME, Path("/etc/yiwang") / FILE_NAME)
    return tuple(file for file in (nearest, *others) if file and _is_file(file))


def _is_file(path: Path) -> bool:
    # A folder that may not be looked into holds no settings for us.
    try:
        return path.is_file()
    except PermissionError:
        return False


def load_settings(
    flags: Sequence[str] = (),
    *,
    file: Path | None = None,
    folder: Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Loaded:
    """Read all sources.

    Raises:
        SettingsError: a setting is unknown or has a bad value, or a file cannot be read.
    """
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    positions: dict[str, Position] = {}
    for path in reversed(files(folder or Path.cwd(), file)):
        _from_file(path, merged, origins, positions)
    _from_environment(environ, merged, origins)
    _from_flags(flags, merged, origins)
    return Loaded(_validated(merged, origins, positions), origins)


def _from_file(path: Path, merged: dict[str, Any], origins: dict[str, str], positions: dict[str, Position]) -> None:
    content, findings = read(path)
    document, problems = parse(content, path)
    findings = (*findings, *problems)
    if not findings and not isinstance(document.data, dict | None):
        findings = (Finding(NOT_A_MAPPING, "error", document.position(())),)
    if findings:
        raise _refusal(findings)
    for name, value, keys in _leaves(document.data or {}):
        if (name in _PATHS or name.startswith("vault.keys.")) and value:
            value = str(path.parent / Path(value).expanduser())
        _put(merged, keys, value)
        positions[name] = document.position(keys)
        origins[name] = str(positions[name])


def _leaves(data: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, Any, tuple[str, ...]]]:
    for key, value in data.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*above, key))
        else:
            yield ".".join((*above, key)), value, (*above, key)


def _put(merged: dict[str, Any], keys: Sequence[str], value: Any) -> None:
    for key in keys[:-1]:
        merged = merged.setdefault(key, {})
    merged[keys[-1]] = value


def _from_environment(environ: Mapping[str, str], merged: dict[str, Any], origins: dict[str, str]) -> None:
    for name, _field in setting_names():
        variable = "YIWANG_" + name.upper().replace(".", "_")
        if variable in environ:
            _put(merged, name.split("."), environ[variable])
            origins[name] = f"${variable}"


def _from_flags(flags: Sequence[str], merged: dict[str, Any], origins: dict[str, str]) -> None:
    for flag in flags:
        name, equals, value = flag.partition("=")
        if not equals:
            raise SettingsError(BAD_FLAG, flag=flag)
        known = [each for each, _field in setting_names()]
        if not any(name == each or name.startswith(f"{each}.") for each in known):
            raise SettingsError(UNKNOWN_SETTING, origin="--set", name=name, suggestion=suggestion(name, known))
        _put(merged, name.split("."), value)
        origins[name] = "--set"


def _validated(merged: dict[str, Any], origins: dict[str, str], positions: dict[str, Position]) -> Settings:
    def locate(path: Sequence[str | int], of_key: bool) -> Position:
        name = ".".join(map(str, path))
        return positions.get(name) or Position(Path(origins.get(name, FILE_NAME)))

    settings, findings = validate(Settings, merged, locate)
    if settings is None:
        raise _refusal(findings)
    return settings


def _refusal(findings: Sequence[Finding]) -> SettingsError:
    details = "; ".join(f"{finding} ({finding.advice})" for finding in findings)
    return SettingsError(BAD_SETTINGS, count=len(findings), details=details)
