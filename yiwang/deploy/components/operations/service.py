"""Services that run with the configuration that they have been given."""

from __future__ import annotations

import shlex
from collections.abc import Generator, Iterable, Iterator, Sequence

from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.operation import operation
from pyinfra.context import host

from yiwang.deploy.components.operations.command import Holds
from yiwang.deploy.components.operations.configuration import Configuration

# A file's change time cannot be set back, and a reload is a change of the unit's state.
STANDING = """
LC_ALL=C systemctl show --timestamp=us+utc -p ActiveState -p ConditionResult -p ConditionTimestampMonotonic \
-p NeedDaemonReload -p StateChangeTimestamp -p UnitFileState -- {unit} | {{
    while IFS='=' read -r key value; do
        case $key in
            ActiveState) active=$value ;;
            ConditionResult) condition=$value ;;
            ConditionTimestampMonotonic) tried=$value ;;
            NeedDaemonReload) [ "$value" = no ] || echo outdated ;;
            StateChangeTimestamp) since=$value ;;
            UnitFileState) case $value in enabled*|static|alias|generated|indirect) echo enabled ;; esac ;;
        esac
    done
    if [ "$active" = inactive ] && [ "$condition" = no ] && [ "${{tried:-0}}" != 0 ]; then echo skipped
    elif [ "$active" = active ] || [ "$active" = reloading ]; then
        echo active
        since=$(date -u -d "$since" +%s.%6N)
        stat -c %.6Z -- {files} 2>/dev/null |
            awk -v since="$since" '$1 > since {{ stale = 1 }} END {{ if (stale) print "stale" }}'
    fi
}}
"""


class Standing(FactBase[set[str]]):
    """How a unit stands, in words: enabled, active, stale (a file is newer), outdated (its unit file is), skipped.

    A unit is skipped when systemd itself held it back because its conditions do not hold on this node.
    """

    default = set

    def command(self, service: str, files: Sequence[str]) -> str:
        """One look at the unit and its files."""
        return STANDING.format(unit=shlex.quote(service), files=shlex.join(files) or "/dev/null").strip()

    def process(self, output: Iterable[str]) -> set[str]:
        """The words."""
        return set(output)


@operation()
def running(
    service: str,
    *,
    reads: Sequence[Configuration] = (),
    check: str = "",
    confirm: str = "",
    apply: str = "reload-or-restart",
) -> Generator[StringCommand, None, None]:
    """A unit that starts at boot, runs, and has read the files that it ``reads``.

    ``check`` is a command that must succeed before it is started or told to read them; ``confirm`` only looks
    and fails when what is in force is not what was configured.  ``apply`` is how it reads them: a verb of
    systemctl, or a whole command, which then also starts it.
    """
    standing = host.get_fact(Standing, service=service, files=tuple(each.path for each in reads))
    commands = list(_commands(service, standing, apply, is_stale=_is_stale(standing, reads, confirm)))
    if commands:
        if "outdated" in standing:
            yield StringCommand("systemctl daemon-reload")
        if check:
            yield StringCommand(check)
    yield from commands


def _is_stale(standing: set[str], reads: Sequence[Configuration], confirm: str) -> bool:
    if "stale" in standing or "outdated" in standing or any(each.operation.changed for each in reads):
        return True
    return bool(confirm) and not host.get_fact(Holds, test=confirm)


def _commands(service: str, standing: set[str], apply: str, *, is_stale: bool) -> Iterator[StringCommand]:
    unit = shlex.quote(service)
    if "enabled" not in standing:
        yield StringCommand(f"systemctl enable {unit}")
    if "skipped" in standing:
        return
    if "active" not in standing:
        yield StringCommand(_whole(apply, unit, "start"))
    elif is_stale:
        yield StringCommand(_whole(apply, unit, apply))


def _whole(apply: str, unit: str, verb: str) -> str:
    return apply if " " in apply else f"systemctl {verb} {unit}"


@operation()
def stopped(service: str) -> Generator[StringCommand, None, None]:
    """A unit that neither runs nor starts at boot, if there is one."""
    standing = host.get_fact(Standing, service=service, files=())
    if standing & {"enabled", "active"}:
        yield StringCommand(f"systemctl disable --now {shlex.quote(service)}")
