"""Bundles and the mirror nodes of an estate: which are meant, whose signature counts, what is put on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from yiwang.core import journal
from yiwang.core.errors import UsageError, YiwangError
from yiwang.core.evidence import Observation, Subject, Verdict, record
from yiwang.deploy.bundle.faults import NO_KEY, NO_MIRROR
from yiwang.deploy.bundle.install import Installed, Mirror, Report
from yiwang.deploy.bundle.trusted import PublicKey, public_key
from yiwang.deploy.design import specification_of
from yiwang.deploy.engine.reaching import reach
from yiwang.deploy.way import endpoint_of, way_to
from yiwang.inventory.selector import parse_selector

if TYPE_CHECKING:
    from yiwang.deploy.bundle.archive import Bundle
    from yiwang.deploy.registry import Components
    from yiwang.deploy.service import Deployment
    from yiwang.inventory.estate import Estate

COMPONENT = "mirror"
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Place:
    """A mirror node: the folder that it serves and the public key that it declares, as text."""

    node: str
    folder: str
    key: str


def mirrors_of(estate: Estate, selector: str, components: Components) -> tuple[Place, ...]:
    """The selected nodes that have the component ``mirror``, by name.

    Raises:
        UsageError: there is none (E2199), or the selector cannot be read.
        DeployError: a role names an unknown component (E2010), or its values do not fit (E2013).
    """
    found = []
    for kind, name, _target in estate.targets(parse_selector(selector)):
        parts = specification_of(estate, name, components).parts if kind == "nodes" else ()
        found += [
            Place(name, part.values["folder"], part.values["key"]) for part in parts if part.component == COMPONENT
        ]
    if not found:
        raise UsageError(NO_MIRROR)
    return tuple(found)


def key_for(place: Place, given: PublicKey | None) -> PublicKey:
    """The key that bundles for a mirror are signed by: the one given, else the one that its node declares.

    Raises:
        UsageError: there is neither (E2198).
        BundleError: what is declared is no key (E2197).
    """
    if given:
        return given
    if not place.key:
        raise UsageError(NO_KEY)
    return public_key(place.key.encode(), origin=place.node)


@dataclass(frozen=True)
class Feeding:
    """Installs bundles on mirror nodes for a person; journalled before, with evidence of how it ended."""

    deployment: Deployment
    person: str

    def install(self, place: Place, bundle: Bundle, key: PublicKey, *, report: Report) -> Installed:
        """Verify a bundle and make a mirror node serve it.

        Raises:
            BundleError: it is not trusted (E2195, E2196), or the node refuses it (E2200, E2202).
            ReachError, DeployError: the node cannot be reached or is being changed.
        """

        def work() -> Installed:
            # Nothing of a bundle that is not trusted reaches the node.
            bundle.verify(key)
            return self._on(place, lambda mirror: mirror.install(bundle, key, report=report))

        return self._recorded(place, "bundle.install", {"bundle": bundle.digest, "key": key.fingerprint}, work)

    def rollback(self, place: Place) -> str:
        """Make a mirror node serve what it served before; the digest of that.

        Raises:
            BundleError: nothing was kept (E2201), or the node cannot do it (E2200).
            ReachError, DeployError: the node cannot be reached or is being changed.
        """
        return self._recorded(place, "bundle.rollback", {}, lambda: self._on(place, Mirror.rollback))

    def _on(self, place: Place, work: Callable[[Mirror], Result]) -> Result:
        tools = self.deployment.tools
        endpoint = endpoint_of(way_to(self.deployment.estate, place.node), tools.secrets)
        return reach(endpoint, tools.connect, lambda node: work(Mirror(place.node, place.folder, node)))

    def _recorded(self, place: Place, action: str, detail: Mapping[str, Any], work: Callable[[], Result]) -> Result:
        database = self.deployment.database
        with database.writing() as connection:
            journal.append(connection, self.person, action, place.node, detail)
        verdict: Verdict = "fail"
        told: dict[str, Any] = {**detail, "action": action}
        try:
            done = work()
            verdict = "pass"
        except YiwangError as error:
            told["problem"] = str(error)
            raise
        finally:
            with database.writing() as connection:
                record(connection, [Observation(Subject("node", place.node), "bundle", verdict, told)])
        return done
