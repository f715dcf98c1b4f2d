"""Single points of failure, held against removing each vertex and looking, and against networkx."""

import networkx
from hypothesis import given
from hypothesis import strategies as st

from yiwang.inventory.separation import Separation

edges = st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda edge: edge[0] < edge[1]), max_size=20)


def graph_of(pairs: set[tuple[int, int]]) -> "networkx.Graph[str]":
    graph: networkx.Graph[str] = networkx.Graph()
    graph.add_nodes_from(map(str, range(10)))
    graph.add_edges_from((str(one), str(other)) for one, other in pairs)
    return graph


@given(edges)
def test_a_vertex_is_named_exactly_when_its_loss_cuts_the_other_off(pairs: set[tuple[int, int]]) -> None:
    graph = graph_of(pairs)
    separation = Separation({vertex: list(graph[vertex]) for vertex in graph}, "0")

    for target in graph.nodes - {"0"}:
        assert separation.reaches(target) is networkx.has_path(graph, "0", target)
        if separation.reaches(target):
            lost = {
                vertex
                for vertex in graph.nodes - {"0", target}
                if not networkx.has_path(networkx.restricted_view(graph, [vertex], []), "0", target)
            }
            assert set(separation.before(target)) == lost


@given(edges)
def test_the_nearest_single_point_is_the_immediate_dominator(pairs: set[tuple[int, int]]) -> None:
    graph = graph_of(pairs)
    separation = Separation({vertex: list(graph[vertex]) for vertex in graph}, "0")
    dominators = networkx.immediate_dominators(graph.to_directed(), "0")

    for target in dominators.keys() - {"0"}:
        assert next(separation.before(target), "0") == dominators[target]


def test_a_vertex_that_is_not_reached_has_nothing_before_it() -> None:
    assert list(Separation({"a": [], "b": []}, "a").before("b")) == []
