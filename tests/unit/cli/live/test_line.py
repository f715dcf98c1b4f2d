"""Lines of a terminal are measured in cells and hold nothing that a terminal obeys."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from yiwang.cli.live.follow import LONGEST_SECONDS, SHORTEST_SECONDS, pause_after
from yiwang.cli.live.line import clean, fitted, written


@given(st.text(), st.integers(0, 80))
def test_a_fitted_text_has_exactly_its_width(text: str, width: int) -> None:
    assert cell_len(fitted(clean(text), width)) == width


def test_a_cut_text_shows_that_it_was_cut() -> None:
    assert fitted("exchange-410621", 10) == "exchange.."
    assert fitted("交换前置机一号", 9) == "交换前.. "
    assert fitted("short", 8) == "short   "


def test_what_a_node_says_cannot_move_the_cursor() -> None:
    assert clean("a\x1b[2Jb\rc\u202ed") == "a [2Jb c d"


def test_without_colour_nothing_but_text_is_written() -> None:
    line = (("bold", "a"), ("bad", "b "))

    assert written(line, has_colour=False) == "ab"
    assert written(line, has_colour=True) == "\x1b[1ma\x1b[0m\x1b[31mb \x1b[0m"


def test_looking_stays_within_its_share_of_a_processor() -> None:
    assert pause_after(0.001) == SHORTEST_SECONDS
    assert pause_after(0.02) == 1.0
    assert pause_after(10) == LONGEST_SECONDS
