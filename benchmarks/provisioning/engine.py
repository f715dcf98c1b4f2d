"""Our engine over all nodes of a lab, each in a thread: ``engine.py LAB STAGE MEMORY``; stages apply, check, undo.

``MEMORY`` is a file in which the facts and the clean verdicts of the last check are kept, as the database
keeps them in the product; without it a check learns everything anew.
"""

from __future__ import annotations

import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from yiwang.core.vault.secret import Secret
from yiwang.deploy.engine.check import Tools, check
from yiwang.deploy.engine.endpoint import Endpoint
from yiwang.deploy.engine.reaching import over_ssh
from yiwang.deploy.engine.specification import Specification
from yiwang.deploy.engine.ssh import Dialling
from yiwang.deploy.registry import Components
from yiwang.lab.lab import open_lab

HERE = Path(__file__).parent
AT_ONCE = 32


def main(lab_name: str, stage: str, memory: str) -> None:
    """One stage over all nodes."""
    lab = open_lab(lab_name)
    key = Secret(lab.folder.operator_key.read_text())
    hosts = [each.host for each in lab.machines]
    endpoints = [Endpoint(h.name, h.management, host_keys=(h.host_key,), private_key=key) for h in hosts]
    tools = Tools(Components(HERE), lambda reference: key, over_ssh(Dialling(shared=Path(memory).parent / "warm")))
    part = tools.components.part("hardening", {})
    known: dict[str, Any] = pickle.loads(Path(memory).read_bytes()) if Path(memory).exists() else {}

    def work(endpoint: Endpoint) -> tuple[str, Any]:
        specification = Specification(endpoint.name, (part,))
        facts, clean = known.get(endpoint.name, (None, None))
        if stage == "apply":
            from yiwang.deploy.engine.apply import Order, apply

            applied = apply(endpoint, specification, tools, Order("bench"), facts=facts)
            assert applied.is_done, applied.failure
            assert applied.changes
            return endpoint.name, (applied.facts, None)
        if stage == "undo":
            from yiwang.deploy.engine.rollback import rollback

            rollback(endpoint, "bench", tools)
            return endpoint.name, (facts, None)
        checked = check(endpoint, specification, tools, facts=facts, clean=clean)
        assert bool(checked.changes) == (stage == "plan"), checked.changes
        return endpoint.name, (checked.facts, checked.clean)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = dict(pool.map(work, endpoints))
    Path(memory).write_bytes(pickle.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
