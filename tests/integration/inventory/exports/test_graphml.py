"""networkx reads the GraphML back."""

from __future__ import annotations

from pathlib import Path

import networkx

from yiwang.core.writing import write_files
from yiwang.inventory.estate import Estate
from yiwang.inventory.exports import FORMATS, export_files
from yiwang.inventory.graph.topology import topology
from yiwang.inventory.selector import Selector


def test_networkx_reads_the_same_nodes_and_edges_back(small: Estate, tmp_path: Path) -> None:
    file = tmp_path / "estate.graphml"
    write_files(export_files(FORMATS["graphml"], small, Selector(), file))

    read = networkx.read_graphml(file, force_multigraph=True)

    drawn = topology(small)
    assert dict(read.nodes(data=True)) == dict(drawn.nodes(data=True))
    assert {key: data for *_ends, key, data in read.edges(keys=True, data=True)} == {
        key: data for *_ends, key, data in drawn.edges(keys=True, data=True)
    }
    assert {frozenset(ends) for ends in read.edges()} == {frozenset(ends) for ends in drawn.edges()}
