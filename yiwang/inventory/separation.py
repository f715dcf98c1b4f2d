"""Single points of failure: the vertices without which a part of a graph is cut off.

Tarjan's depth-first search (1972) finds them in one pass; a library's import alone would take
longer than the whole search.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

Graph = Mapping[str, Sequence[str]]
"""Undirected: every edge stands at both its ends, and no two edges join the same vertices."""


class Separation:
    """Which vertices stand alone between a root and everything that is reached from it."""

    def __init__(self, graph: Graph, root: str) -> None:
        self._root = root
        self._above: dict[str, str] = {}
        self._order = {root: 0}
        self._low = {root: 0}
        self._search(graph)

    def _search(self, graph: Graph) -> None:
        order, low, above = self._order, self._low, self._above
        stack = [(self._root, iter(graph[self._root]))]
        while stack:
            vertex, edges = stack[-1]
            for each in edges:
                if each not in order:
                    above[each] = vertex
                    order[each] = low[each] = len(order)
                    stack.append((each, iter(graph[each])))
                    break
                if each != above.get(vertex):
                    low[vertex] = min(low[vertex], order[each])
            else:
                stack.pop()
                if vertex in above:
                    low[above[vertex]] = min(low[above[vertex]], low[vertex])

    def reaches(self, vertex: str) -> bool:
        """Whether there is any way from the root."""
        return vertex in self._order

    def before(self, vertex: str) -> Iterator[str]:
        """The vertices through which every way from the root leads, nearest to ``vertex`` first."""
        while (above := self._above.get(vertex, self._root)) != self._root:
            if self._low[vertex] >= self._order[above]:
                yield above
            vertex = above
