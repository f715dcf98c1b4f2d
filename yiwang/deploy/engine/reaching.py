"""Working on a target through whatever transport it can offer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Protocol, TypeVar

from yiwang.deploy.engine.channel import Channel, NoPython
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.plain import Plain
from yiwang.deploy.engine.ssh import Dialling
from yiwang.deploy.engine.transport import Transport

Result = TypeVar("Result")


class Connect(Protocol):
    """Makes connections; one may be made only when it is first used."""

    def __call__(self, endpoint: Endpoint, *, fresh: bool = False) -> Transport:
        """A connection; a fresh one uses nothing that is open already, and so proves that there is a way."""


def over_ssh(dialling: Dialling | None = None) -> Connect:
    """Connections over SSH."""
    dialled = dialling or Dialling()

    def connect(endpoint: Endpoint, *, fresh: bool = False) -> Transport:
        return Plain(endpoint, replace(dialled, shared=None)) if fresh else Channel(endpoint, dialled)

    return connect


def reach(endpoint: Endpoint, connect: Connect, work: Callable[[Transport], Result]) -> Result:
    """Do the work over a connection; on a node without Python, over the plain one.

    Raises:
        ReachError: the target cannot be reached, or the connection was lost.
    """
    try:
        with closing(connect(endpoint)) as transport:
            return work(transport)
    except NoPython as missing:
        # Nothing was done yet: it is the first answer that tells.
        with closing(Plain(endpoint, missing.dialling)) as transport:
            return work(transport)
