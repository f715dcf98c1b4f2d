"""pyinfra as a library for one host: a state of its own, contexts that threads do not share.

pyinfra keeps the current state in one place for the whole process.  Here it is kept once a thread, so
that many targets are decided and changed at once, each in its own thread, with no barrier between them.
"""

from __future__ import annotations

import inspect
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from functools import cache, partial
from typing import Any, cast

from pyinfra.api import arguments, util
from pyinfra.api.config import Config
from pyinfra.api.host import Host, HostData
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State, StateStage
from pyinfra.context import ctx_config, ctx_host, ctx_state

from yiwang.deploy.engine.connector import NodeConnector
from yiwang.deploy.engine.replacement import REPLACEMENTS, equal_to
from yiwang.deploy.engine.session import Session

TEMPORARY = "/tmp"  # noqa: S108 - where pyinfra's operations put what they download on the node


class _Current(threading.local):
    module = None


# Operations read the state from here; pyinfra itself has one for all threads.
ctx_state.context._container = _Current()  # noqa: SLF001


class _Forgetful(dict[Any, Any]):
    def __setitem__(self, key: Any, value: Any) -> None:
        pass


# pyinfra remembers what the controller's files hold for as long as the process lives, and they may change.
util.FILE_SHAS = _Forgetful()
util.TEMPLATES = _Forgetful()
# What it says never changes, and pyinfra works it out anew for every fact and every operation.
arguments.all_global_arguments = cache(arguments.all_global_arguments)

_log = logging.getLogger("pyinfra")
# What pyinfra logs holds outputs as they are, and so perhaps secrets; what matters is told by our own values.
_log.addHandler(logging.NullHandler())
_log.propagate = False
_log.setLevel(logging.CRITICAL)


class Data(HostData):
    """A host's data: our targets have none, and pyinfra asks for some thirty arguments an operation."""

    def __getattr__(self, key: str) -> Any:
        found = {} if key.startswith("_") else self.dict()  # type: ignore[no-untyped-call]
        if key not in found:
            # Without the host's name, which is not to be read for nothing.
            raise AttributeError(key)
        return copy(found[key])


class TargetHost(Host):
    """A host that knows when it is only being asked."""

    def __init__(self, name: str, inventory: Inventory, connector: Callable[..., NodeConnector]) -> None:
        super().__init__(name, inventory, [], connector_cls=connector)
        self.data = Data(self, self.get_deploy_data)
        self._asking = 0
        self.is_named = False

    @property
    def name(self) -> str:
        """The target's name; whoever reads it may do something else on another target."""
        self.is_named = True
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = name

    @property
    def print_prefix(self) -> str:
        """Nothing: nobody reads what pyinfra would print."""
        return ""

    @property
    def is_asking(self) -> bool:
        """Whether a fact is being asked for."""
        return self._asking > 0

    def get_fact(self, name_or_cls: Any, *args: Any, **kwargs: Any) -> Any:
        """A fact, or an equal one in its place."""
        self._asking += 1
        try:
            return super().get_fact(self._equal(name_or_cls), *args, **kwargs)
        finally:
            self._asking -= 1

    def _equal(self, fact: Any) -> Any:
        running = self._running()
        if not running:
            return REPLACEMENTS.get(fact, fact)
        inside = closure_of(running)
        return equal_to(fact, inside["func"], inside["args"], inside["kwargs"])

    def intended_mode(self) -> int | None:
        """The mode that the running operation will give to the file that it writes, if it says one."""
        running = self._running()
        mode = arguments_of(running)[1].get("mode") if running else None
        digits = str(mode).removeprefix("0o")
        return int(digits, 8) if mode is not None and digits.isdigit() else None

    def _running(self) -> Any:
        return self.state.ops[self].get(self.current_op_hash or "")

    def _get_temp_directory(self) -> str:
        # pyinfra remembers it by the host's name for as long as the process lives.
        return TEMPORARY


class TargetInventory(Inventory):
    """An inventory of one host, without a look at every installed connector."""

    def __init__(self, name: str, session: Session) -> None:
        self._session = session
        super().__init__(([name], {}))  # type: ignore[no-untyped-call]

    def make_hosts_and_groups(self, names: list[str], groups: Any) -> None:
        """Make the one host."""
        connector = partial(NodeConnector, session=self._session)
        self.hosts = {name: TargetHost(name, self, connector) for name in names}


class Target:
    """One host with its pyinfra state."""

    def __init__(self, session: Session) -> None:
        self.session = session
        config = Config(PARALLEL=1, TEMP_DIR=TEMPORARY)  # type: ignore[no-untyped-call]
        self.state = State(TargetInventory(session.target, session), config, check_for_changes=False)
        self.host = cast("TargetHost", next(iter(self.state.inventory)))
        self.host.connected = True
        self.state.activate_host(self.host)
        self.state.set_stage(StateStage.Execute if session.is_changing else StateStage.Prepare)
        self._folders: dict[str, str] = {}
        # pyinfra itself has asked while it set itself up.
        self.host.is_named = False

    @property
    def is_particular(self) -> bool:
        """Whether somebody asked which target this is."""
        return self.host.is_named

    def add(self, deploy: Callable[[], None], folder: str) -> None:
        """Call the operations of a component whose files are in a folder."""
        self.state.cwd = folder
        try:
            with self.current():
                deploy()
        finally:
            self._folders |= {op: folder for op in self.operations if op not in self._folders}

    @contextmanager
    def current(self, op: str = "") -> Iterator[None]:
        """This thread works on this target; on one operation, among the files of its component."""
        if op:
            self.state.cwd = self._folders[op]
        contexts: tuple[Any, ...] = (ctx_state, ctx_config, ctx_host)
        before = [(context, context.get()) for context in contexts]
        for context, module in zip(contexts, (self.state, self.state.config.copy(), self.host), strict=True):
            context.set(module)
        try:
            yield
        finally:
            for context, module in before:
                context.set(module)

    @property
    def operations(self) -> list[str]:
        """The operations that were called so far, in their order."""
        return list(self.host.op_hash_order)

    def operation(self, op: str) -> Any:
        """What pyinfra holds of an operation."""
        return self.state.get_op_data_for_host(self.host, op)

    def title(self, op: str) -> str:
        """What the component's author calls an operation."""
        return ", ".join(sorted(self.state.get_op_meta(op).names))


def closure_of(operation: Any) -> dict[str, Any]:
    """The function of an operation with its ``args`` and ``kwargs``.

    pyinfra keeps them nowhere but in the generator of the operation's commands.
    """
    generator = operation.command_generator
    return dict(
        zip(generator.__code__.co_freevars, (cell.cell_contents for cell in generator.__closure__), strict=True)
    )


def arguments_of(operation: Any) -> tuple[str, dict[str, Any]]:
    """The name of an operation, such as ``files.put``, and its arguments by name."""
    inside = closure_of(operation)
    function = inside["func"]
    bound = inspect.signature(function).bind(*inside["args"], **inside["kwargs"])
    bound.apply_defaults()
    return f"{function.__module__.rpartition('.')[2]}.{function.__name__}", dict(bound.arguments)
