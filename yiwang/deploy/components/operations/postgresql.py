"""SQL that is run on the node's PostgreSQL unless what it is for holds already."""

from __future__ import annotations

import shlex
from collections.abc import Generator, Iterable

from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.operation import operation
from pyinfra.context import host

CLIENT = "cd / && runuser -u postgres -- psql -XAtq -d {database}"


class Answer(FactBase[str]):
    """What the node's PostgreSQL answers to a query; nothing where it does not run yet."""

    def command(self, query: str, database: str) -> str:
        """The query, quiet where there is no server."""
        return f"{{ {CLIENT.format(database=database)} -c {shlex.quote(query)}; }} 2>/dev/null || true"

    def process(self, output: Iterable[str]) -> str:
        """The answer's text."""
        return "\n".join(output)


@operation()
def ensure(sql: str, *, query: str, expect: str, database: str = "postgres") -> Generator[StringCommand, None, None]:
    """Run SQL unless a query answers what is expected.

    It goes by standard input, which no plan shows and no list of processes, so that it may hold a verifier.
    """
    if host.get_fact(Answer, query=query, database=database) != expect:
        yield StringCommand(f"{CLIENT.format(database=database)} -v ON_ERROR_STOP=1 -f -", _stdin=sql)
