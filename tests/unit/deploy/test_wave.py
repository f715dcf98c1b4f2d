"""In which order targets are changed."""

from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.deploy.wave import waves_of
from yiwang.inventory.estate import Estate
from yiwang.inventory.loading.load import load
from yiwang.inventory.model import Rollout, WaveRule

HEBI = Path(__file__).parents[3] / "examples/hebi"


@pytest.fixture(scope="module")
def hebi() -> Estate:
    return load(HEBI).require()


XUN = (
    *("mirror-410600-1", "dns-410600-1", "dns-410600-2", "log-410600-1", "bastion-410600-1"),
    *("exchange-410621-1", "desk-410621001", "desk-410621002", "desk-410621101"),
)


def test_what_others_lean_on_goes_first_then_one_township_then_level_by_level(hebi: Estate) -> None:
    waves = waves_of(hebi, XUN)

    assert [wave.targets for wave in waves] == [
        ("mirror-410600-1", "dns-410600-1", "dns-410600-2", "log-410600-1"),
        ("desk-410621001",),
        ("bastion-410600-1",),
        ("exchange-410621-1",),
        ("desk-410621002", "desk-410621101"),
    ]
    assert waves[0].rounds == (("mirror-410600-1",), ("dns-410600-1", "dns-410600-2", "log-410600-1"))


def test_a_rule_can_go_county_by_county_in_portions(hebi: Estate) -> None:
    rules = (WaveRule(select="role=service-point", by="county", batch=4, pause_minutes=5),)
    estate = replace(hebi, rollout=Rollout(waves=rules))
    desks = [name for name in hebi.nodes if name.startswith(("desk-410621", "desk-410622"))]

    waves = waves_of(estate, desks)

    assert [len(wave.targets) for wave in waves] == [4, 4, 3, 4, 4, 1]
    assert waves[0].title == "role=service-point 浚县 1/3"
    assert {wave.pause_minutes for wave in waves} == {5}


def test_what_no_rule_takes_goes_last(hebi: Estate) -> None:
    estate = replace(hebi, rollout=Rollout(waves=(WaveRule(select="role=mirror", manual=True),)))

    waves = waves_of(estate, ["desk-410621001", "mirror-410600-1"])

    assert [(wave.targets, wave.is_manual) for wave in waves] == [
        (("mirror-410600-1",), True),
        (("desk-410621001",), False),
    ]


rules = st.builds(
    WaveRule,
    select=st.sampled_from(["", "role=mirror", "level=county", "zone!=extranet"]),
    by=st.sampled_from(["", "level", "county", "township", "role"]),
    first=st.none() | st.integers(1, 5),
    batch=st.none() | st.integers(1, 7),
    batch_percent=st.none() | st.floats(1, 100),
    lead=st.sampled_from(["", "role=mirror", "role=exchange|service-point"]),
)


@settings(deadline=None)  # How long it takes is the machine's affair.
@given(st.lists(rules, max_size=4), st.data())
def test_every_target_is_in_exactly_one_wave(hebi: Estate, declared: list[WaveRule], data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted([*hebi.nodes, *hebi.devices])), unique=True))

    waves = waves_of(replace(hebi, rollout=Rollout(waves=tuple(declared))), names)

    assert sorted(name for wave in waves for name in wave.targets) == sorted(names)
    assert all(wave.targets for wave in waves)
    assert all(sorted(chain(*wave.rounds)) == sorted(wave.targets) for wave in waves)
    assert all(all(wave.rounds) for wave in waves)
