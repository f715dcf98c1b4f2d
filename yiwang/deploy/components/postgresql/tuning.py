"""How the database uses the node: by its memory, unless it is told otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field
from pyinfra.api.facts import FactBase
from pyinfra.context import host

from yiwang.core.i18n import N_
from yiwang.core.validation import Declared

Setting = Annotated[str, Field(pattern=r"^[^'\\\n]*$")]
LEAST_MIB = 256


class Tuning(Declared):
    """Memory and connections."""

    memory_mib: int | None = Field(
        None,
        ge=LEAST_MIB,
        description=N_("memory of the node that the database may plan with, in MiB; default: its share"),
    )
    memory_percent: int = Field(
        100,
        ge=10,
        le=100,
        description=N_("its share of the node's memory, in percent; half of it where other services run"),
    )
    max_connections: int = Field(100, ge=10, le=2000, description=N_("most connections at once"))
    settings: dict[str, Setting] = Field(
        default_factory=dict, description=N_("settings of PostgreSQL beside or above those that are made here")
    )


class MemoryMib(FactBase[int]):
    """The memory that the node has, or is allowed to use, in MiB."""

    def command(self) -> str:
        """The smaller of what there is and what the control group allows."""
        return (
            "{ awk '/^MemTotal:/ { print $2 * 1024 }' /proc/meminfo; "
            "cat /sys/fs/cgroup/memory.max 2>/dev/null || true; } | "
            "awk '/^[0-9]/ && (!least || $1 < least) { least = $1 } END { printf \"%d\\n\", least / 1048576 }'"
        )

    def process(self, output: Iterable[str]) -> int:
        """As a number."""
        return int(next(iter(output)))


def settings_of(spec: Tuning) -> dict[str, Any]:
    """Settings that follow from memory and connections (PostgreSQL's own manual, chapters 20.4 and 20.7)."""
    memory = spec.memory_mib or max(LEAST_MIB, host.get_fact(MemoryMib) * spec.memory_percent // 100)
    return {
        "max_connections": spec.max_connections,
        "shared_buffers": f"{memory // 4}MB",
        "effective_cache_size": f"{memory * 3 // 4}MB",
        "maintenance_work_mem": f"{min(max(memory // 20, 32), 2048)}MB",
        "work_mem": f"{max(memory * 1024 // (4 * spec.max_connections), 4096)}kB",
        "min_wal_size": f"{min(max(memory // 8, 80), 1024)}MB",
        "max_wal_size": f"{min(max(memory // 2, 256), 8192)}MB",
        **spec.settings,
    }
