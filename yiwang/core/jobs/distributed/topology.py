"""Exchanges, queues and rights at the broker: what each site may touch, and nothing else.

======================  =======================================  ================  =================
name                    what                                     written by        read by
======================  =======================================  ================  =================
``yiwang.steps``        exchange, by site                        controller
``yiwang.site.CODE``    quorum queue: steps for the site                           ``site-CODE``
``yiwang.results``      exchange, by run                         every site
``yiwang.run.RUN``      quorum queue: reports about the run                        controller
``yiwang.stop``         exchange, by site                        controller
``yiwang.stop.CODE``    stream: steps that are to stop                             ``site-CODE``
``yiwang.dead``         exchange of messages that came back      broker
``yiwang.dead``         queue: those that came back too often                      people
======================  =======================================  ================  =================

A controller makes the queue of a run and takes it away; all else is made by an administrator, and
neither controller nor worker may declare, bind or delete it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from yiwang.core.errors import UsageError, code
from yiwang.core.i18n import N_

BAD_SITE = code(
    "E0540",
    N_('"{given}" cannot be the name of a site at the broker'),
    N_("use letters, digits and hyphens, such as the county's division code 410621"),
)

VHOST = "yiwang"
CONTROLLER = "controller"
STEPS = "yiwang.steps"
RESULTS = "yiwang.results"
STOP = "yiwang.stop"
DEAD = "yiwang.dead"
SITES = "yiwang.site."
STOPS = "yiwang.stop."
RUNS = "yiwang.run."
RUN_HEADER = "yiwang_run"
"""The header by which what came back finds the queue of its run."""

DELIVERY_LIMIT = 5
"""How often a step may come back from a worker that vanished before it is laid aside."""
DEAD_LIMIT = 1000
STOP_SECONDS = 24 * 3600
RUN_SECONDS = 30 * 24 * 3600
"""How long the queue of a run that nobody carries out is kept."""

_SITE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?")
_QUORUM = {"x-queue-type": "quorum"}
_SEGMENT_BYTES = 1_000_000


def site_name(given: str) -> str:
    """The site itself; raises UsageError (E0540) when the name would not be safe in a pattern of rights."""
    if not _SITE.fullmatch(given):
        raise UsageError(BAD_SITE, given=given)
    return given


def site_user(site: str) -> str:
    """The login of a site's workers; also the common name in their certificate."""
    return f"site-{site}"


def site_of(user: str) -> str:
    """The site whose workers log in so; empty when it is no site's login."""
    return user.removeprefix("site-") if user.startswith("site-") else ""


def step_queue(site: str) -> str:
    """The queue of the steps of a site."""
    return f"{SITES}{site}"


def stop_queue(site: str) -> str:
    """The stream of the steps of a site that are to stop; every worker of the site reads all of it."""
    return f"{STOPS}{site}"


def run_queue(run_id: str) -> str:
    """The queue of the reports about a run."""
    return f"{RUNS}{run_id}"


def run_queue_arguments() -> dict[str, Any]:
    """The properties of a run's queue."""
    return {**_QUORUM, "x-expires": RUN_SECONDS * 1000}


@dataclass(frozen=True, slots=True)
class Topology:
    """What the broker should hold for these sites."""

    sites: tuple[str, ...]
    vhost: str = VHOST
    delivery_limit: int = DELIVERY_LIMIT

    def __post_init__(self) -> None:
        for site in self.sites:
            site_name(site)

    @property
    def users(self) -> tuple[str, ...]:
        """The logins of the controller and of each site."""
        return (CONTROLLER, *map(site_user, self.sites))

    def definitions(self) -> dict[str, list[dict[str, Any]]]:
        """All of it in the form in which RabbitMQ imports and exports, users without passwords."""
        return {
            "vhosts": [{"name": self.vhost}],
            "users": [{"name": user, "tags": []} for user in self.users],
            "permissions": list(self._permissions()),
            "policies": [self._policy()],
            "exchanges": [
                self._exchange(name, kind)
                for name, kind in ((STEPS, "direct"), (RESULTS, "direct"), (STOP, "direct"), (DEAD, "headers"))
            ],
            "queues": list(self._queues()),
            "bindings": list(self._bindings()),
        }

    def _permissions(self) -> Iterable[dict[str, Any]]:
        run = re.escape(RUNS)
        yield self._rights(
            CONTROLLER,
            configure=f"^{run}",
            write=rf"^({re.escape(STEPS)}|{re.escape(STOP)}|{run}.*)$",
            read=rf"^({re.escape(RESULTS)}|{re.escape(DEAD)}|{run}.*)$",
        )
        for site in self.sites:
            read = f"^({re.escape(SITES)}|{re.escape(STOPS)}){re.escape(site)}$"
            yield self._rights(site_user(site), configure="^$", write=f"^{re.escape(RESULTS)}$", read=read)

    def _rights(self, user: str, **patterns: str) -> dict[str, Any]:
        return {"user": user, "vhost": self.vhost, **patterns}

    def _policy(self) -> dict[str, Any]:
        return {
            "vhost": self.vhost,
            "name": "yiwang.site",
            "pattern": f"^{re.escape(SITES)}",
            "apply-to": "queues",
            "priority": 10,
            "definition": {"delivery-limit": self.delivery_limit, "dead-letter-exchange": DEAD},
        }

    def _exchange(self, name: str, kind: str) -> dict[str, Any]:
        shape = {"durable": True, "auto_delete": False, "internal": False, "arguments": {}}
        return {"name": name, "vhost": self.vhost, "type": kind, **shape}

    def _queues(self) -> Iterable[dict[str, Any]]:
        yield self._queue(DEAD, {**_QUORUM, "x-max-length": DEAD_LIMIT})
        for site in self.sites:
            yield self._queue(step_queue(site), _QUORUM)
            yield self._queue(
                stop_queue(site),
                {
                    "x-queue-type": "stream",
                    "x-max-age": f"{STOP_SECONDS}s",
                    "x-stream-max-segment-size-bytes": _SEGMENT_BYTES,
                },
            )

    def _queue(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"name": name, "vhost": self.vhost, "durable": True, "auto_delete": False, "arguments": arguments}

    def _bindings(self) -> Iterable[dict[str, Any]]:
        # A message that only waited too long goes back to its run; this queue is for those that kill workers.
        of_dead = {"x-match": "all-with-x", "x-first-death-reason": "delivery_limit"}
        yield self._binding(DEAD, DEAD, "", of_dead)
        for site in self.sites:
            yield self._binding(STEPS, step_queue(site), site, {})
            yield self._binding(STOP, stop_queue(site), site, {})

    def _binding(self, source: str, queue: str, key: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return {
            "source": source,
            "vhost": self.vhost,
            "destination": queue,
            "destination_type": "queue",
            "routing_key": key,
            "arguments": arguments,
        }
