"""Commands that are run unless what they are for holds already."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence

from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.operation import OperationMeta, operation
from pyinfra.context import host


class Holds(FactBase[bool]):
    """Whether a shell command that only looks succeeds on the node."""

    def command(self, test: str) -> str:
        """The test, quiet."""
        return f"if {{ {test}; }} >/dev/null 2>&1; then echo yes; else echo no; fi"

    def process(self, output: Iterable[str]) -> bool:
        """Whether it succeeded."""
        return "yes" in output


@operation()
def ensure(
    commands: Sequence[str],
    *,
    holds: str,
    after: Sequence[OperationMeta] = (),
    changes: Sequence[str] | None = None,
) -> Generator[StringCommand, None, None]:
    """Run commands unless ``holds`` succeeds; also when one of the operations ``after`` changed something.

    ``holds`` only looks.  It must succeed once the commands have run, or every plan shows them again.
    ``changes`` names every file and folder that the commands change: they are kept before, and a rollback puts
    them back.  Without it a plan and a rollback say that this cannot be undone; an empty one says that there is
    nothing to undo.
    """
    if any(each.changed for each in after) or not host.get_fact(Holds, test=holds):
        yield from (StringCommand(each) for each in commands)
