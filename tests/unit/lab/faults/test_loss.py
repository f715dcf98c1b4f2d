"""The share of frames that the drop program drops."""

import pytest

from yiwang.lab.faults.loss import program


@pytest.mark.parametrize("percent", [0, 0.1, 5, 50, 99.9, 100])
def test_the_program_drops_a_number_below_the_share_of_all_numbers(percent: float) -> None:
    count, load, compare, passing, dropping = program(percent).split(",")

    limit = int(compare.split()[3])
    assert count == "4"
    assert load == "32 0 0 4294963256"
    assert abs(limit / 2**32 - percent / 100) < 1e-9
    assert (passing, dropping) == ("6 0 0 4294967295", "6 0 0 2")
