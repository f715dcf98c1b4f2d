"""The estate as a networkx graph: targets are its nodes, links its edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yiwang.inventory.estate import Estate
from yiwang.inventory.graph.canvas import printable
from yiwang.inventory.reach import Reach, reaches
from yiwang.inventory.selector import Selector

if TYPE_CHECKING:
    import networkx


def topology(estate: Estate, selector: Selector | None = None) -> networkx.MultiGraph[str]:
    """The graph of the selected targets and the links between them; attributes are plain texts and numbers."""
    import networkx

    graph: networkx.MultiGraph[str] = networkx.MultiGraph(name=printable(estate.header.title))
    for reach in reaches(estate, selector):
        graph.add_node(reach.name, **_attributes(estate, reach))
    for name, link in estate.links.items():
        one, other = link.ends
        if one.owner in graph and other.owner in graph:
            attributes: dict[str, Any] = {
                "title": printable(link.title or name),
                "carrier": printable(link.carrier),
                "from": printable(str(one)),
                "to": printable(str(other)),
                "backup": link.backup,
            }
            if link.bandwidth_mbps is not None:
                attributes["bandwidth_mbps"] = link.bandwidth_mbps
            graph.add_edge(one.owner, other.owner, key=name, **attributes)
    return graph


def _attributes(estate: Estate, reach: Reach) -> dict[str, Any]:
    region = estate.regions.get(reach.target.region)
    return {
        "title": printable(reach.target.title or reach.name),
        "kind": reach.kind.removesuffix("s"),
        "region": reach.target.region,
        "region_title": printable(region.title) if region else "",
        "level": reach.level,
        "zone": reach.zone,
        "role": ",".join(reach.roles),
        "address": reach.host,
    }
