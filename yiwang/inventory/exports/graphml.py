"""GraphML of the topology: every node, device and link with its attributes."""

from __future__ import annotations

from pathlib import Path

from yiwang.inventory.estate import Estate
from yiwang.inventory.selector import Selector


def text(estate: Estate, selector: Selector | None) -> str:
    """The topology as GraphML."""
    import networkx

    from yiwang.inventory.graph.topology import topology

    return "\n".join(networkx.generate_graphml(topology(estate, selector), named_key_ids=True))


def files(estate: Estate, selector: Selector | None, _folder: Path) -> dict[str, bytes]:
    """One GraphML file."""
    body = text(estate, selector)
    return {"estate.graphml": f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'.encode()}
