"""Compiles the translations whenever the package is built; all else is in pyproject.toml."""

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

# A PEP 517 build does not put the source tree on the path.
sys.path.insert(0, str(Path(__file__).resolve().parent))


class BuildWithCatalogue(build_py):
    """``build_py`` with the compiled catalogue among the package's data."""

    def run(self) -> None:
        """Compile first, then build."""
        from tooling.catalogue import compile_catalogue

        compile_catalogue()
        super().run()


setup(cmdclass={"build_py": BuildWithCatalogue})
