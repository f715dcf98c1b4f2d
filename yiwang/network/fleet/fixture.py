"""Fixtures of fleet rules: several files in one text, as ``head`` prints them, with marks where findings must be.

``==> core-1 <==`` begins the configuration of a device, ``==> core-1.saved <==`` and ``.version`` what else was
collected of it, ``==> core-1.facts <==`` its SNMP facts as YAML, ``==> estate.yaml <==`` what is declared,
``==> day.txt <==`` the day.  A line that ends with ``← here`` must be found; the mark is taken off before the
device is read.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from yiwang.network.audit.engine import Engine
from yiwang.network.fleet.fleet import Fleet, Surroundings, TextKind
from yiwang.network.fleet.judging import Views, judged
from yiwang.network.platforms.model import Platform

if TYPE_CHECKING:
    from yiwang.inventory.estate import Estate

MARK = re.compile(r" *← here$", re.MULTILINE)
_HEADING = re.compile(r"^==> (\S+) <==\n", re.MULTILINE)
ESTATE = "estate.yaml"
DAY = "day.txt"
TODAY = date(2026, 1, 1)
"""The day on which fixtures are judged that name none."""


@dataclass(frozen=True)
class Fixture:
    """A small fleet."""

    text: str

    @cached_property
    def files(self) -> Mapping[str, str]:
        """Its files by name; text without a heading is the device ``fixture``."""
        parts = _HEADING.split(self.text)
        named = dict(zip(parts[1::2], parts[2::2], strict=True))
        return named or {"fixture": self.text}

    @property
    def devices(self) -> Mapping[str, str]:
        """Each device's configuration without marks."""
        return {name: MARK.sub("", text) for name, text in self.files.items() if "." not in name}

    @property
    def marked(self) -> set[tuple[str, int]]:
        """Device and line of every mark."""
        return {
            (name, number)
            for name, text in self.files.items()
            for number, line in enumerate(text.split("\n"), 1)
            if MARK.search(line)
        }

    @property
    def day(self) -> date:
        """The day on which it is judged, whatever the day."""
        return date.fromisoformat(self.files[DAY].strip()) if DAY in self.files else TODAY

    @property
    def estate(self) -> Estate | None:
        """What is declared."""
        from yiwang.inventory.loading.load import load

        if ESTATE not in self.files:
            return None
        with tempfile.TemporaryDirectory(prefix="yiwang-fixture-") as folder:
            Path(folder, ESTATE).write_text(self.files[ESTATE], "utf-8")
            return load(Path(folder)).require()

    def collected(self, kind: TextKind, device: str) -> str | None:
        """What was collected of a device."""
        return self.devices.get(device) if kind == "running" else self.files.get(f"{device}.{kind}")

    @property
    def facts(self) -> Mapping[str, Mapping[str, Any]]:
        """SNMP facts by device."""
        told = {name: text for name, text in self.files.items() if name.endswith(".facts")}
        return {name.removesuffix(".facts"): yaml.safe_load(text) for name, text in told.items()}


def tried(engine: Engine, fixture: str, platforms: Mapping[str, Platform]) -> str:
    """The verdict on a fixture by the engine's one rule: the worst of all devices.

    Where a rule fails on other lines than are marked, the lines that it found.
    """
    small, platform = Fixture(fixture), engine.program.platform
    views = Views(platforms)
    reports = [engine.audit(name, text, is_whole=True) for name, text in small.devices.items()]
    around = Surroundings(small.day, small.estate, small.facts, small.collected, platforms)
    fleet = Fleet({name: views.view(name, platform, text) for name, text in small.devices.items()}, around)
    done = judged(reports, fleet)
    found = {(each.device, finding.line) for each in done for finding in each.findings if finding.verdict == "fail"}
    lines = {each for each in found if each[1]}
    if lines != small.marked:
        return ", ".join(f"{device}:{line}" for device, line in sorted(lines)) or "no line"
    verdicts = {verdict for each in done for verdict in each.verdicts.values()}
    return next((each for each in ("fail", "cannot_tell", "pass") if each in verdicts), "")
