"""Whether this machine can carry a lab, said before anything is made."""

from pathlib import Path

import pytest

from yiwang.inventory.loading.load import load
from yiwang.inventory.selector import parse_selector
from yiwang.lab.command import LabError
from yiwang.lab.drafting import Request, draft
from yiwang.lab.readiness import available_mib, require_room

HEBI = Path(__file__).parents[3] / "examples/hebi"


def test_a_lab_that_would_not_fit_into_memory_is_refused_with_what_it_needs() -> None:
    layout = draft(load(HEBI).require(), Request("hebi", parse_selector("county=410621")), 0)

    with pytest.raises(LabError) as caught:
        require_room(layout, reserve_mib=available_mib())

    assert caught.value.error.id == "E6032"
    assert caught.value.values["hosts"] == len(layout.hosts) == 31
    assert "county=410621" in caught.value.advice


def test_a_lab_that_fits_is_let_pass() -> None:
    layout = draft(load(HEBI).require(), Request("hebi", parse_selector("desk-410621101"), is_exact=True), 0)

    require_room(layout, reserve_mib=0)
