"""``exchange``: the front node on which a site's steps and exchanges run, as Yiwang's worker.

The worker comes from Python wheels: a folder on the node, or a page of the mirror, that holds Yiwang's and
those that it needs.  While none is declared, the node has its database and waits for them.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping
from importlib.resources import files as resources
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, model_validator
from pyinfra.operations import apt, files, server

from yiwang.core.i18n import N_, _
from yiwang.core.validation import Declared
from yiwang.core.vault.reference import SecretRef
from yiwang.deploy.component import Component, Gate, Secrets
from yiwang.deploy.components.operations import command, postgresql, service
from yiwang.deploy.components.operations.configuration import Configuration, written
from yiwang.inventory.model.names import Name

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate

ACCOUNT = "yiwang-worker"
DATABASE = "yiwang"
HOME = "/etc/yiwang/worker"
PROGRAMS = "/opt/yiwang"
CURRENT = f"{PROGRAMS}/current"
REQUIREMENTS = f"{HOME}/requirements.txt"
COUNTY_DIGITS = 6


class WorkerBroker(Declared):
    """Where the worker gets its steps."""

    url: str = Field(
        pattern=r"^amqps?://[^@\s]+$", description=N_("address such as amqps://broker.hebi.example:5671/yiwang")
    )
    server_hostname: str = Field("", description=N_("name in the broker's certificate; must be set with amqps"))
    authority: SecretRef | None = Field(
        None, description=N_("reference to the certificate that vouches for the broker")
    )
    certificate: SecretRef | None = Field(None, description=N_("reference to the worker's own certificate"))
    private_key: SecretRef | None = Field(None, description=N_("reference to that certificate's private key"))
    password: SecretRef | None = Field(
        None,
        description=N_(
            "reference to the site's password; default without a certificate: where `yiwang broker` keeps it"
        ),
    )


class Exchange(Declared):
    """Values of ``exchange``."""

    site: Name = Field(description=N_("site whose steps it carries out: the county's or city's code"))
    version: str = Field(
        pattern=r"^[A-Za-z0-9.+!-]+$", description=N_("version of Yiwang; that of whoever makes the plan")
    )
    tables: int = Field(ge=1, description=N_("version of the tables that this version of Yiwang uses"))
    wheels: str = Field(
        "",
        pattern=r"^$|^/[\w/.-]+$|^https?://[^\s']+$",
        description=N_("folder on the node, or page, with the Python wheels; empty: the worker is not installed yet"),
    )
    requirements: str = Field(
        "",
        description=N_(
            "names, versions and SHA-256 of the wheels, as pip writes them; needed where they come from a page"
        ),
    )
    broker: WorkerBroker | None = Field(None, description=N_("where steps come from; none: the worker does not start"))
    vault_id: str = Field(
        "", pattern=r"^[\w-]*$", description=N_("vault id with which it opens secrets; default: the site")
    )
    vault_key: SecretRef | None = Field(None, description=N_("reference to the key of that vault id"))
    vault_folder: str = Field(
        "/var/lib/yiwang-worker/vault", pattern=r"^/[\w/.-]+$", description=N_("folder of the site's encrypted secrets")
    )
    processes: int = Field(2, ge=1, le=128, description=N_("steps at once"))

    @model_validator(mode="after")
    def _wheels_from_a_page_are_known(self) -> Self:
        if self.wheels.startswith("http") and "--hash=sha256:" not in self.requirements:
            raise ValueError(N_("wheels from a page need requirements: with --hash=sha256:…"))
        return self


def derive(estate: Estate, name: str) -> Mapping[str, Any]:
    """The county or city that it stands for, and the version that plans are made with."""
    from yiwang import __version__
    from yiwang.core.database import schema

    chain = estate.region_chain(estate.nodes[name].region)
    site = next((code for code in reversed(chain) if len(code) <= COUNTY_DIGITS), estate.header.region)
    return {"site": site, "version": __version__, "tables": schema.newest()}


def deploy(spec: Exchange, secrets: Secrets) -> None:
    """Program, account, settings, tables, service."""
    apt.packages(name=_("Python for the worker"), packages=["python3-venv"], no_recommends=True)
    if not spec.wheels:
        return
    server.user(  # noqa: S604 - the account's shell
        name=_("account of the worker"),
        user=ACCOUNT,
        home=f"/var/lib/{ACCOUNT}",
        shell="/usr/sbin/nologin",
        system=True,
        create_home=False,
    )
    settings = [*_settings(spec, secrets)]
    program = _program(spec)
    _tables(spec)
    if spec.broker:
        unit = _unit()
        reads = (*settings, *program, unit)
        service.running(name=_("worker runs"), service=_instance(spec), reads=reads, apply="restart")


def _settings(spec: Exchange, secrets: Secrets) -> Iterator[Configuration]:
    files.directory(name=_("folder of the worker's settings"), path=HOME, group=ACCOUNT, mode="750")
    for file, reference in _secret_files(spec).items():
        content = io.StringIO(secrets(reference).reveal())
        place = f"{HOME}/{file}"
        title = _("secret of the worker: {file}").format(file=file)
        yield Configuration(place, files.put(name=title, src=content, dest=place, user=ACCOUNT, mode="400"))
    yield written(
        _("settings of the worker"),
        "exchange/worker.yaml.j2",
        f"{HOME}/worker.yaml",
        mode="640",
        group=ACCOUNT,
        spec=spec,
        home=HOME,
        files=tuple(_secret_files(spec)),
        vault_id=spec.vault_id or spec.site,
        database=f"postgresql:///{DATABASE}?host=/run/postgresql&user={ROLE}",
    )


ROLE = ACCOUNT.replace("-", "_")


def _secret_files(spec: Exchange) -> dict[str, str]:
    from yiwang.core.jobs.distributed.administration import password_path
    from yiwang.core.jobs.distributed.topology import site_user
    from yiwang.core.vault.reference import SecretReference

    broker = spec.broker
    usual = str(SecretReference(password_path(site_user(spec.site)))) if broker and not broker.certificate else None
    given = {
        "vault.key": spec.vault_key,
        "broker-ca.pem": broker and broker.authority,
        "broker.pem": broker and broker.certificate,
        "broker.key": broker and broker.private_key,
        "broker-password": broker and (broker.password or usual),
    }
    return {file: reference for file, reference in given.items() if reference}


def _program(spec: Exchange) -> tuple[Configuration, ...]:
    """A virtual environment for each version, so that the one in use stays whole while the next is made."""
    wanted = spec.requirements or f"yiwang[distributed]=={spec.version}\n"
    digest = hashlib.sha256(f"{spec.version}\0{wanted}".encode()).hexdigest()
    folder, done = f"{PROGRAMS}/{spec.version}", f"{PROGRAMS}/{spec.version}/.installed"
    files.put(name=_("wheels of the worker"), src=io.StringIO(wanted), dest=REQUIREMENTS, mode="644")
    pip = f"{folder}/bin/pip install --quiet --disable-pip-version-check --no-cache-dir --no-index"
    checked = " --require-hashes" if "--hash=" in spec.requirements else ""
    installed = command.ensure(
        name=_("Yiwang {version}").format(version=spec.version),
        commands=[
            f"umask 022 && rm -rf {folder} && python3 -m venv {folder}",
            f"umask 022 && {pip}{checked} --find-links '{spec.wheels}' {_trusted(spec.wheels)} -r {REQUIREMENTS}",
            f"echo {digest} >{done}",
        ],
        holds=f'[ "$(cat {done})" = {digest} ]',
    )
    link = files.link(name=_("version in use"), path=CURRENT, target=folder)
    return Configuration(done, installed), Configuration(CURRENT, link)


def _trusted(wheels: str) -> str:
    # Every wheel is held against its digest.
    host = wheels.removeprefix("http://").partition("/")[0]
    return f"--trusted-host {host}" if wheels.startswith("http://") else ""


def _tables(spec: Exchange) -> None:
    asked = f"SELECT max(version_num::int) >= {spec.tables} FROM alembic_version"  # noqa: S608 - a number
    command.ensure(
        name=_("tables of the exchange"),
        commands=[f"cd / && runuser -u {ACCOUNT} -- {CURRENT}/bin/yiwang --config {HOME}/worker.yaml database upgrade"],
        holds=f'{postgresql.CLIENT.format(database=DATABASE)} -c "{asked}" | grep -qx t',
    )


def _unit() -> Configuration:
    from yiwang.core.jobs import distributed

    template = (resources(distributed) / "yiwang-worker@.service").read_text(encoding="utf-8")
    text = template.replace("/usr/bin/yiwang", f"{CURRENT}/bin/yiwang").replace(
        "/etc/yiwang/worker.yaml", f"{HOME}/worker.yaml"
    )
    path = f"/etc/systemd/system/{ACCOUNT}@.service"
    return Configuration(path, files.put(name=_("service of the worker"), src=io.StringIO(text), dest=path, mode="644"))


def _instance(spec: Exchange) -> str:
    return f"{ACCOUNT}@{spec.site}"


def gates(spec: Exchange) -> tuple[Gate, ...]:
    """The database answers; the worker runs."""
    found = [Gate("postgresql", {"database": DATABASE})]
    if spec.wheels and spec.broker:
        found.append(Gate("service", {"unit": _instance(spec)}))
    return tuple(found)


COMPONENT = Component(
    name="exchange",
    title=N_("exchange front node"),
    spec=Exchange,
    deploy=deploy,
    derive=derive,
    gates=gates,
    clauses=("8.1.4.1", "8.1.4.2", "8.1.4.4", "8.1.4.8"),
)
