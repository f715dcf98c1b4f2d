"""Error codes: all are known to `yiwang explain`, whatever module registers them."""

import subprocess
import sys

import pytest

from yiwang.app import error_code, error_codes
from yiwang.core.errors import NotFoundError

IMPORT_ALL = """
import importlib, pkgutil, yiwang
for module in pkgutil.walk_packages(yiwang.__path__, "yiwang."):
    if module.name != "yiwang.__main__" and ".migrations" not in module.name:
        importlib.import_module(module.name)
from yiwang.core.errors import registered_codes
print(*(code.id for code in registered_codes()))
"""
IMPORT_LISTED = """
from yiwang.app import error_codes
from yiwang.cli.main import command_line
command_line()
print(*(code.id for code in error_codes()))
"""


def test_every_code_that_any_module_registers_is_explained() -> None:
    everything, listed = (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
        for program in (IMPORT_ALL, IMPORT_LISTED)
    )

    assert sorted(set(everything) - set(listed)) == []


def test_every_code_says_what_to_do_next() -> None:
    assert [code.id for code in error_codes() if not code.advice] == []


def test_an_unknown_code_is_an_error_with_a_suggestion() -> None:
    with pytest.raises(NotFoundError, match="did you mean"):
        error_code("E112")
    assert error_code("e1102").id == "E1102"
