"""Waves: in which order the targets of a plan are changed, by the estate's rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from yiwang.inventory.estate import Estate
from yiwang.inventory.model import LEVELS, WaveRule
from yiwang.inventory.selector import Facts, parse_selector


@dataclass(frozen=True, slots=True)
class PlannedWave:
    """Targets that are changed side by side, ``lead`` of them before the others.

    Their gates are asked once all are changed; afterwards a pause, or a person who lets the next wave begin.
    """

    title: str
    targets: tuple[str, ...]
    pause_minutes: float = 0
    is_manual: bool = False
    lead: tuple[str, ...] = ()

    @property
    def rounds(self) -> tuple[tuple[str, ...], ...]:
        """The targets that are changed side by side, one round after the other."""
        others = tuple(name for name in self.targets if name not in self.lead)
        return tuple(filter(None, (self.lead, others)))


def waves_of(estate: Estate, names: Sequence[str]) -> tuple[PlannedWave, ...]:
    """Every target in exactly one wave, in the order of the estate's rules; what no rule takes goes last.

    Raises:
        UsageError: the selector of a rule cannot be read.
    """
    left = {name: _facts(estate, name) for name in names}
    found: list[PlannedWave] = []
    for rule in (*estate.rollout.waves, WaveRule()):
        for wave in _of_rule(estate, rule, left):
            found.append(wave)
            for name in wave.targets:
                del left[name]
    return tuple(found)


def _facts(estate: Estate, name: str) -> Facts:
    kind = "nodes" if name in estate.nodes else "devices"
    return estate.facts(kind, name, (estate.nodes.get(name) or estate.devices[name]))


def _of_rule(estate: Estate, rule: WaveRule, left: Mapping[str, Facts]) -> list[PlannedWave]:
    selector = parse_selector(rule.select)
    chosen = [name for name, facts in left.items() if selector.matches(facts)][: rule.first]
    leads = parse_selector(rule.lead) if rule.lead else None
    found = []
    for part, targets in _parts(estate, rule.by, chosen, left):
        title = " ".join(word for word in (rule.title or rule.select, part) if word)
        batches = list(_batches(rule, targets))
        for number, batch in enumerate(batches, 1):
            shown = f"{title} {number}/{len(batches)}".strip() if len(batches) > 1 else title
            lead = tuple(name for name in batch if leads and leads.matches(left[name]))
            found.append(PlannedWave(shown, batch, rule.pause_minutes, rule.manual, lead))
    return found


def _parts(
    estate: Estate, by: str, chosen: Sequence[str], facts: Mapping[str, Facts]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    if not by:
        yield "", tuple(chosen)
        return
    groups: dict[str, list[str]] = {}
    for name in chosen:
        groups.setdefault(next(iter(facts[name].get(by, ())), ""), []).append(name)
    order = {"level": LEVELS, "role": tuple(estate.roles)}.get(by, tuple(estate.regions))
    places = {word: place for place, word in enumerate(order)}
    for word in sorted(groups, key=lambda each: (places.get(each, len(places)), each)):
        yield _title(estate, word), tuple(groups[word])


def _title(estate: Estate, word: str) -> str:
    """What people call a region or a role; levels are called by their own word."""
    named = estate.regions.get(word) or estate.roles.get(word)
    return named.title if named else word


def _batches(rule: WaveRule, targets: Sequence[str]) -> Iterator[tuple[str, ...]]:
    sizes = [len(targets)]
    if rule.batch:
        sizes.append(rule.batch)
    if rule.batch_percent:
        sizes.append(ceil(len(targets) * rule.batch_percent / 100))
    size = max(1, min(sizes))
    for start in range(0, len(targets), size):
        yield tuple(targets[start : start + size])
