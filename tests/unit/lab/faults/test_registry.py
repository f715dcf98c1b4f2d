"""What holds for every fault there is."""

from pathlib import Path

import pytest
from typer.main import get_command

import yiwang.lab.faults
from yiwang.cli.main import command_line
from yiwang.core.errors import NotFoundError
from yiwang.lab.faults.fault import Fault
from yiwang.lab.faults.registry import FAULTS, find_fault

FOLDER = Path(str(yiwang.lab.faults.__file__)).parent


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_has_a_file_of_its_name_and_one_line_that_says_what_it_does(fault: Fault) -> None:
    assert f"{fault.name.upper()} = Fault(" in (FOLDER / f"{fault.name}.py").read_text("utf-8")
    assert fault.summary.endswith(".")
    assert "\n" not in fault.summary


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_defaults_of_a_fault_lie_within_its_own_bounds(fault: Fault) -> None:
    for option in fault.options:
        assert option.read(str(option.default)) == option.default


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_key_is_one_of_the_parameters(fault: Fault) -> None:
    assert fault.key in ("", *(each.name for each in fault.positional))


def test_every_fault_is_a_verb_of_the_command_line_with_all_that_it_takes() -> None:
    faults = get_command(command_line()).commands["lab"].commands["fault"].commands

    for fault in FAULTS:
        shown = {parameter.name for parameter in faults[fault.name].params}
        assert {each.name for each in fault.parameters} <= shown
    assert {"list", "clear"} <= set(faults)


def test_a_mistyped_fault_is_answered_with_the_nearest() -> None:
    with pytest.raises(NotFoundError, match="E6300") as caught:
        find_fault("jiter")
    with pytest.raises(NotFoundError) as near:
        find_fault("lnk")

    assert '"jiter"' in caught.value.message
    assert '"link"' in near.value.message
