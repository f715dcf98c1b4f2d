"""The same component for stock pyinfra, run by its own command: ``pyinfra inventory.py stock.py -y``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "components"))

import hardening

hardening.deploy(hardening.Spec(), None)  # type: ignore[arg-type]
