"""The order that rules do not state: which reads what another writes, as layers."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import networkx as nx

Writers = Mapping[str, Collection[str]]
"""The rules that write each fact."""


def layers(reads: Mapping[str, frozenset[str]], writers: Writers) -> tuple[tuple[str, ...], ...]:
    """Rules by layer, sorted by id within it; a layer reads only what earlier ones wrote.

    `reads` holds the derived facts that each rule reads, `writers` the rules that write each.

    Raises:
        nx.NetworkXUnfeasible: the rules form a cycle.
    """
    return tuple(tuple(sorted(layer)) for layer in nx.topological_generations(_graph(reads, writers)))


def cycles(reads: Mapping[str, frozenset[str]], writers: Writers) -> tuple[tuple[str, ...], ...]:
    """One cycle for each group of rules that wait for each other, as `a, b, ..., a`."""
    graph = _graph(reads, writers)
    found = []
    for group in sorted(map(sorted, nx.strongly_connected_components(graph))):
        if len(group) > 1 or graph.has_edge(group[0], group[0]):
            ring = [source for source, _ in nx.find_cycle(graph.subgraph(group), group[0])]
            found.append((*ring, ring[0]))
    return tuple(found)


def _graph(reads: Mapping[str, frozenset[str]], writers: Writers) -> nx.DiGraph[str]:
    """An edge from each writer to each of its readers, nodes in a fixed order."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(sorted(reads))
    graph.add_edges_from(
        (writer, rule)
        for rule in sorted(reads)
        for fact in sorted(reads[rule])
        for writer in writers.get(fact, ())
    )
    return graph
