"""The composition root: the one place that knows every part and ties them together."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yiwang.core.errors import ErrorCode, NotFoundError, code, in_reading_order, registered_codes, suggestion
from yiwang.core.i18n import N_
from yiwang.core.settings import Loaded, Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from yiwang.core.database.connection import Database
    from yiwang.core.evidence import Evidence
    from yiwang.core.jobs.distributed.broker import Broker
    from yiwang.core.jobs.distributed.step import Post
    from yiwang.core.jobs.handlers import Handlers, StepContext
    from yiwang.core.jobs.model import RunPlan
    from yiwang.core.jobs.scheduler import Planner
    from yiwang.core.jobs.service import Jobs
    from yiwang.core.journal import Journal
    from yiwang.core.vault.check import Use
    from yiwang.core.vault.keys import Ask
    from yiwang.core.vault.opening import OpenSecret
    from yiwang.core.vault.store import Vault
    from yiwang.deploy.engine.check import Tools
    from yiwang.deploy.memory import Memory
    from yiwang.deploy.playbooks.library import Playbooks
    from yiwang.deploy.service import Deployment
    from yiwang.deploy.steps import ToolsOf
    from yiwang.inventory.estate import Estate
    from yiwang.inventory.loading.load import Loading
    from yiwang.lab.lab import Lab
    from yiwang.network.audit.service import Auditing
    from yiwang.network.collect.steps import Means
    from yiwang.network.handover.service import Handing
    from yiwang.network.intent.service import Intended
    from yiwang.network.service import Network

UNKNOWN_CODE = code("E0001", N_('there is no error code "{given}"{suggestion}'), N_("`yiwang explain` lists all codes"))

NO_ESTATE_HERE = code(
    "E0010",
    N_("there is no estate in {folder} or above it"),
    N_("name its folder (-e FOLDER), change into it, or create one with `yiwang init CODE FOLDER`"),
)

# Modules that register error codes; `yiwang explain` and the reference import them all.
# The command line's own codes are registered when its verbs are imported.
CODE_MODULES = (
    "yiwang.adapters.mapping.faults",
    "yiwang.adapters.records.faults",
    "yiwang.core.canonical",
    "yiwang.core.database.address",
    "yiwang.core.database.connection",
    "yiwang.core.debian.signing",
    "yiwang.core.debian.sources",
    "yiwang.core.document",
    "yiwang.core.jobs.controller",
    "yiwang.core.jobs.distributed.administration",
    "yiwang.core.jobs.distributed.broker",
    "yiwang.core.jobs.distributed.executor",
    "yiwang.core.jobs.distributed.topology",
    "yiwang.core.jobs.handlers",
    "yiwang.core.jobs.refusal",
    "yiwang.core.jobs.rehearse",
    "yiwang.core.jobs.retrying",
    "yiwang.core.jobs.runs",
    "yiwang.core.jobs.schedule",
    "yiwang.core.jobs.scheduler",
    "yiwang.core.jobs.store",
    "yiwang.core.jobs.stream",
    "yiwang.core.jobs.transition",
    "yiwang.core.jobs.workers",
    "yiwang.core.journal",
    "yiwang.core.settings",
    "yiwang.core.validation",
    "yiwang.core.vault.faults",
    "yiwang.core.vault.opening",
    "yiwang.core.vault.reference",
    "yiwang.core.writing",
    "yiwang.deploy.adhoc",
    "yiwang.deploy.approval",
    "yiwang.deploy.bundle.faults",
    "yiwang.deploy.design",
    "yiwang.deploy.drifting",
    "yiwang.deploy.engine.apply",
    "yiwang.deploy.engine.decide",
    "yiwang.deploy.engine.faults",
    "yiwang.deploy.engine.keeping",
    "yiwang.deploy.engine.performing",
    "yiwang.deploy.engine.rollback",
    "yiwang.deploy.engine.session",
    "yiwang.deploy.gates.gate",
    "yiwang.deploy.planning",
    "yiwang.deploy.plans",
    "yiwang.deploy.playbooks.faults",
    "yiwang.deploy.registry",
    "yiwang.deploy.service",
    "yiwang.deploy.trust",
    "yiwang.deploy.way",
    "yiwang.inventory.addressing.allocate",
    "yiwang.inventory.addressing.book",
    "yiwang.inventory.addressing.carve",
    "yiwang.inventory.checks.addresses",
    "yiwang.inventory.checks.exchanges",
    "yiwang.inventory.checks.links",
    "yiwang.inventory.checks.milestones",
    "yiwang.inventory.checks.organisations",
    "yiwang.inventory.checks.pools",
    "yiwang.inventory.checks.references",
    "yiwang.inventory.checks.regions",
    "yiwang.inventory.checks.routing",
    "yiwang.inventory.checks.services",
    "yiwang.inventory.checks.systems",
    "yiwang.inventory.checks.topology",
    "yiwang.inventory.checks.waivers",
    "yiwang.inventory.checks.zones",
    "yiwang.inventory.diff.revision",
    "yiwang.inventory.divisions",
    "yiwang.inventory.exports",
    "yiwang.inventory.generate.folder",
    "yiwang.inventory.generate.ports",
    "yiwang.inventory.lists.change",
    "yiwang.inventory.lists.edit",
    "yiwang.inventory.lists.sheet",
    "yiwang.inventory.loading.declarations",
    "yiwang.inventory.loading.files",
    "yiwang.inventory.lookup",
    "yiwang.inventory.plans.adopt",
    "yiwang.inventory.plans.template",
    "yiwang.inventory.selector",
    "yiwang.lab.command",
    "yiwang.lab.credentials",
    "yiwang.lab.disk",
    "yiwang.lab.drafting",
    "yiwang.lab.faults.case",
    "yiwang.lab.faults.clock",
    "yiwang.lab.faults.delay",
    "yiwang.lab.faults.loss",
    "yiwang.lab.faults.parameter",
    "yiwang.lab.faults.power",
    "yiwang.lab.faults.process",
    "yiwang.lab.faults.record",
    "yiwang.lab.faults.registry",
    "yiwang.lab.faults.request",
    "yiwang.lab.faults.service",
    "yiwang.lab.faults.snmp",
    "yiwang.lab.image.bootstrap",
    "yiwang.lab.image.build",
    "yiwang.lab.image.repository",
    "yiwang.lab.kernel",
    "yiwang.lab.lab",
    "yiwang.lab.layer",
    "yiwang.lab.machine",
    "yiwang.lab.personality.catalogue",
    "yiwang.lab.personality.configuration",
    "yiwang.lab.personality.serving",
    "yiwang.lab.profile",
    "yiwang.lab.raising",
    "yiwang.lab.readiness",
    "yiwang.lab.server.binding",
    "yiwang.lab.server.drafting",
    "yiwang.lab.snapshot",
    "yiwang.lab.state",
    "yiwang.network.archive.archive",
    "yiwang.network.archive.repository",
    "yiwang.network.audit.outputs",
    "yiwang.network.audit.service",
    "yiwang.network.audit.subject",
    "yiwang.network.collect.faults",
    "yiwang.network.collect.run",
    "yiwang.network.configuration.table",
    "yiwang.network.fleet.table",
    "yiwang.network.handover.faults",
    "yiwang.network.intent.intent",
    "yiwang.network.intent.placeholder",
    "yiwang.network.intent.table",
    "yiwang.network.platforms.catalogue",
    "yiwang.network.rules.load",
    "yiwang.network.rules.requirement",
    "yiwang.network.service",
    "yiwang.network.snmp.faults",
    "yiwang.network.snmp.service",
)


def error_codes() -> tuple[ErrorCode, ...]:
    """Every error code of the product, by id."""
    for name in CODE_MODULES:
        import_module(name)
    return registered_codes()


def error_code(given: str) -> ErrorCode:
    """One error code by its id, in any case.

    Raises:
        NotFoundError: there is no such code.
    """
    codes = {each.id: each for each in error_codes()}
    if given.upper() not in codes:
        raise NotFoundError(UNKNOWN_CODE, given=given, suggestion=suggestion(given.upper(), codes))
    return codes[given.upper()]


@contextmanager
def without_collector() -> Iterator[None]:
    """Make many long-lived objects without the cyclic collector walking them again and again.

    They hold no circles and live as long as the call, so they are set aside from later collections;
    for a whole province this halves the time of every verb.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


class App:
    """Settings and what is opened from them, each on first use."""

    def __init__(self, loaded: Loaded | None = None) -> None:
        self.loaded = loaded or load_settings()

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.loaded.settings

    def estate_folder(self, given: Path | None = None) -> Path:
        """The estate's folder: the one given, the setting's, else the nearest above with an ``estate.yaml``.

        Raises:
            NotFoundError: none was given and there is none here or above.
        """
        if folder := given or self.settings.estate:
            return folder
        here = Path.cwd()
        for folder in (here, *here.parents):
            if (folder / "estate.yaml").is_file():
                return folder
        raise NotFoundError(NO_ESTATE_HERE, folder=here)

    def load(self, given: Path | None = None) -> Loading:
        """The estate as far as it can be read, with the findings of loading."""
        return self.load_folder(self.estate_folder(given), keep=self.settings.inventory.cache)

    def load_folder(self, folder: Path, *, keep: bool = False) -> Loading:
        """The estate in exactly this folder; ``keep`` parsed files for the next time."""
        from yiwang.inventory.loading.load import load

        with without_collector():
            loading = load(
                folder,
                cache_folder=self.settings.cache if keep else None,
                max_file_mib=self.settings.inventory.max_file_mib,
                vault=self.settings.vault.folder.name,
            )
        return self._as_in_lab(loading)

    def _as_in_lab(self, loading: Loading) -> Loading:
        """What was loaded as it is seen from the lab that this call works in, if it does."""
        from dataclasses import replace

        if self.lab is None or loading.estate is None:
            return loading
        from yiwang.lab.lab import as_seen_from

        return replace(loading, estate=as_seen_from(self.lab, loading.estate))

    def outside_lab(self) -> App:
        """The application as it is outside of any lab."""
        from dataclasses import replace

        settings = self.settings
        outside = settings.model_copy(update={"lab": settings.lab.model_copy(update={"name": ""})})
        return App(replace(self.loaded, settings=outside))

    @cached_property
    def lab(self) -> Lab | None:
        """The lab that this call works in (setting ``lab.name``); None for the real estate."""
        if not self.settings.lab.name:
            return None
        from yiwang.lab.lab import open_lab

        return open_lab(self.settings.lab.name)

    def load_estate(self, given: Path | None = None) -> Estate:
        """The estate, which must load without an error.

        Raises:
            EstateError: it does not; the error carries every finding.
        """
        return self.load(given).require()

    def check_estate(self, given: Path | None = None) -> Loading:
        """The estate with the findings of loading and of every check."""
        from yiwang.inventory.checks import check_estate
        from yiwang.inventory.loading.load import Loading

        loading = self.load(given)
        if loading.estate is None:
            return loading
        findings = in_reading_order((*loading.findings, *check_estate(loading.estate)))
        return Loading(loading.estate, findings, loading.documents)

    @cached_property
    def database(self) -> Database:
        """The database, created on first use."""
        from yiwang.core.database.connection import open_database

        return open_database(self.settings.database_url)

    @cached_property
    def journal(self) -> Journal:
        """The journal of who did what."""
        from yiwang.core.journal import Journal

        return Journal(self.database)

    @cached_property
    def evidence(self) -> Evidence:
        """What was observed."""
        from yiwang.core.evidence import Evidence

        return Evidence(self.database)

    @cached_property
    def jobs(self) -> Jobs:
        """Runs and schedules, with every handler and planner there is."""
        from functools import partial

        from yiwang.core.jobs import rehearse
        from yiwang.core.jobs.distributed.topology import CONTROLLER
        from yiwang.core.jobs.service import Jobs, Means
        from yiwang.deploy import drifting, rollout
        from yiwang.network.collect import run as collect

        is_distributed = self.settings.jobs.executor == "distributed"
        broker = partial(self.broker, CONTROLLER) if is_distributed else None
        handlers = self._handlers(lambda context: self.tools(context.payload["estate"]))
        means = Means(handlers, self.opening(), broker)
        planners: dict[str, Planner] = {
            rehearse.KIND: partial(rehearse.planned, self.rehearsal_folder),
            collect.KIND: self._planned_collection,
            rollout.DRIFT_KIND: partial(drifting.planned, self.deployment),
        }
        return Jobs(self.database, means, planners, self.settings.jobs)

    def wave_titles(self, run_id: str) -> dict[int, str]:
        """What people call the waves of a run, by number; those of runs without a plan have no titles."""
        from yiwang.deploy.headings import wave_titles

        return wave_titles(self.database, run_id, self.jobs.runs.wave_kinds(run_id))

    def _handlers(self, tools: ToolsOf) -> Handlers:
        from yiwang.core.jobs import rehearse
        from yiwang.core.jobs.handlers import Handlers, installed_handlers
        from yiwang.deploy import steps
        from yiwang.network.collect import steps as collecting
        from yiwang.network.handover import steps as proving

        network = (*collecting.handlers(self._collecting), *proving.handlers(self._collecting))
        own = (*rehearse.HANDLERS, *steps.handlers(tools), *network)
        return Handlers([*own, *installed_handlers()])

    def opening(self) -> OpenSecret:
        """Opens secrets in steps, where nobody can be asked for a key and no database is at hand."""
        from yiwang.core.vault.opening import Opening, no_vault

        folder, keys = self.settings.vault.folder, self.settings.vault.keys
        try:
            return Opening(folder if folder.is_absolute() else self.estate_folder() / folder, keys)
        except NotFoundError:
            return no_vault

    def broker(self, user: str) -> Broker:
        """The broker of the settings for one login; errors as of ``broker_of``."""
        from yiwang.core.jobs.distributed.broker import broker_of

        return broker_of(self.settings.jobs.broker, user, self.opening())

    def post(self, site: str) -> Post:
        """The place of a worker at a site: it needs neither the database nor what the estate declares.

        Components and playbooks of the estate's own are looked for in the worker's folder, never in one that
        a message names.

        Raises:
            UsageError: the site's name cannot be one (E0540).
        """
        from dataclasses import replace
        from functools import cache

        from yiwang.core.jobs.distributed.step import Post, new_worker_name
        from yiwang.core.jobs.distributed.topology import site_name, site_user

        secrets = self.opening()

        @cache
        def shared() -> Tools:
            # Only a step that needs it loads pyinfra.
            from yiwang.deploy.engine.check import Tools
            from yiwang.deploy.registry import Components

            own = (self.settings.estate or self.settings.state / "estate").absolute()
            playbooks, memory = self._playbooks(str(own)), self._memory(str(own))
            return Tools(Components(own), secrets, playbooks=playbooks, memory=memory)

        def tools(context: StepContext) -> Tools:
            # Here is no journal; the log of the step says which secrets it opened.
            return replace(shared(), secrets=cache(context.secret))

        broker = self.broker(site_user(site_name(site)))
        folder = self.settings.state.absolute() / "worker" / site
        return Post(site, new_worker_name(site), folder, broker, self._handlers(tools), secrets)

    def deployment(self, given: Path | None = None) -> Deployment:
        """Plans and rollouts of the estate."""
        from yiwang.deploy.service import Deployment

        folder = self.estate_folder(given)
        estate = self.load_estate(folder)
        return Deployment(estate, self.database, self.tools(str(folder.absolute())))

    def tools(self, folder: str) -> Tools:
        """What checks and applies of an estate share; each secret is opened, and journalled, once."""
        if folder not in self._tools:
            from functools import cache

            from yiwang.deploy.engine.check import Tools
            from yiwang.deploy.registry import Components

            secrets = cache(self.vault(Path(folder)).get)
            self._tools[folder] = Tools(
                Components(Path(folder)), secrets, playbooks=self._playbooks(folder), memory=self._memory(folder)
            )
        return self._tools[folder]

    def _memory(self, folder: str) -> Memory:
        """What looks at the nodes of an estate taught; those of a lab are other nodes."""
        from hashlib import blake2b

        from yiwang.deploy.memory import Memory

        place = Path(folder).resolve()
        name = f"{place.name}-{blake2b(bytes(place), digest_size=6).hexdigest()}"
        return Memory(self.settings.cache.absolute() / "deploy" / name / self.settings.lab.name)

    def _playbooks(self, folder: str) -> Playbooks:
        from yiwang.core.vault.keys import Keys
        from yiwang.deploy.playbooks.library import Playbooks

        return Playbooks(
            Path(folder),
            keys=Keys(self.settings.vault.keys),
            strategy=self.settings.deploy.ansible_strategy,
            cache=self.settings.cache.absolute() / "ansible",
        )

    @cached_property
    def _tools(self) -> dict[str, Tools]:
        return {}

    def network(self, given: Path | None = None) -> Network:
        """The devices of the estate and the archive of what they said."""
        from yiwang.network.service import Network

        folder = self.estate_folder(given)
        return Network(folder, lambda: self.load_estate(folder), self._collecting(str(folder.absolute())))

    def handing(self, given: Path | None = None) -> Handing:
        """The hand-over of read access to the estate's supervising authority."""
        from yiwang.network.handover.sealing import Record
        from yiwang.network.handover.service import Handing
        from yiwang.network.platforms.catalogue import Platforms

        folder = self.estate_folder(given)
        record = Record(self.evidence, self.journal, self.actor)
        return Handing(lambda: self.load_estate(folder), self.vault(folder), record, Platforms(folder))

    def ensure_archive_key(self, given: Path | None = None) -> bool:
        """Make the key of the archive's digests unless there is one, a lab's in the lab; whether it was made."""
        from yiwang.network.service import ensure_archive_key

        vault = self.vault(given)
        if self.lab is not None:
            from yiwang.lab.credentials import own_vault

            vault = own_vault(self.lab.folder.secrets)
        return ensure_archive_key(vault)

    def intended(self, given: Path | None = None) -> Intended:
        """What the estate asks of its network devices."""
        from yiwang.network.intent.service import Intended
        from yiwang.network.platforms.catalogue import Platforms

        folder = self.estate_folder(given)
        return Intended(self.load_estate(folder), Platforms(folder))

    def _planned_collection(self, parameters: Mapping[str, Any]) -> RunPlan:
        self.ensure_archive_key()
        return self.network().planned(parameters, at_once=self.settings.network.parallel)

    def _collecting(self, folder: str) -> Means:
        """What the steps of a collection in an estate share; each secret is opened, and journalled, once."""
        if folder not in self._means:
            from functools import cache

            from yiwang.network.archive.archive import Archive
            from yiwang.network.collect.pace import Pace
            from yiwang.network.collect.steps import Gates, Means
            from yiwang.network.platforms.catalogue import Platforms

            settings = self.settings.network
            self._means[folder] = Means(
                Platforms(Path(folder)),
                Archive(self.archive_folder(Path(folder))),
                cache(self.vault(Path(folder)).get),
                Pace(settings.connect_seconds, settings.silence_seconds),
                Gates(settings.site_parallel),
            )
        return self._means[folder]

    @cached_property
    def _means(self) -> dict[str, Means]:
        return {}

    def archive_folder(self, estate: Path) -> Path:
        """The folder of an estate's archive; a lab has one of its own."""
        whole = (self.settings.network.archive or self.settings.state / "archive").absolute()
        return whole / f"{estate.absolute().name}{'@' if self.settings.lab.name else ''}{self.settings.lab.name}"

    @property
    def rehearsal_folder(self) -> Path:
        """Where the steps of rehearsed runs write."""
        return self.settings.state.absolute() / "rehearsals"

    @cached_property
    def actor(self) -> str:
        """Who is at the keyboard, for the journal and for runs."""
        import os
        from getpass import getuser

        try:
            return getuser()
        except (KeyError, OSError):
            # A container may run under a number that has no name.
            return f"uid {os.getuid()}"

    def vault(self, given: Path | None = None, *, ask: Ask | None = None) -> Vault:
        """The estate's vault; what is done with a secret is journalled before it is done."""
        from yiwang.core.vault.keys import Keys
        from yiwang.core.vault.store import Vault

        settings = self.settings.vault
        vault = Vault(self.estate_folder(given) / settings.folder, Keys(settings.keys, ask=ask), self._record_secret)
        if self.lab is None:
            return vault
        from yiwang.lab.credentials import LabVault

        return LabVault(vault, self.lab.folder.secrets)

    def _record_secret(self, action: str, path: str, **detail: Any) -> None:
        self.journal.append(self.actor, f"vault.{action}", path, detail)

    def secret_uses(self, given: Path | None = None) -> Iterator[Use]:
        """Every reference to a secret in the estate's files, with its place."""
        from yiwang.core.vault.check import uses_in

        return uses_in(self.load(given).documents)

    def auditing(self, given: Path | None = None) -> Auditing:
        """Audits of devices' configurations; they need an estate only where they speak of one."""
        from yiwang.network.audit.service import Auditing, Sources

        sources = Sources(
            lambda: self.load_estate(given),
            lambda: self.network(given).archive,
            lambda: self.evidence,
            self.settings.cache.absolute() / "audit" / "verdicts.db",
        )
        return Auditing(self._estate_if_any(given), sources)

    def _estate_if_any(self, given: Path | None) -> Path | None:
        try:
            return self.estate_folder(given)
        except NotFoundError:
            return None
