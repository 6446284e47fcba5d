"""Parts of a problem that have nothing to do with each other.

Tardiness and delay add up over parts, and the length is that of the longest: the best timetables of the
parts together are the best of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs
import networkx as nx

from cxengine.planning.scheduling.problem import Problem, Timetable


def independent(problem: Problem) -> tuple[Problem, ...]:
    """The parts of a problem, in the order of their first activities."""
    graph: nx.Graph[tuple[str, str]] = nx.Graph()
    known = {a.id for a in problem.activities}
    for a in problem.activities:
        me = ("activity", a.id)
        graph.add_node(me)
        graph.add_edges_from((me, ("activity", r)) for r in a.requires if r in known)
        wanted = [a.demands, *(way.demands for way in a.slower)]
        demands = {r for some in wanted for r, amount in some.items() if amount}
        graph.add_edges_from((me, ("resource", r)) for r in sorted(demands))
    part_of = {node: n for n, part in enumerate(nx.connected_components(graph)) for node in part}
    found: dict[int, list[str]] = {}
    for a in problem.activities:
        found.setdefault(part_of["activity", a.id], []).append(a.id)
    by_id = {a.id: a for a in problem.activities}
    return tuple(attrs.evolve(problem, activities=tuple(by_id[i] for i in names)) for names in found.values())


def joined(parts: Iterable[Timetable]) -> Timetable:
    """The timetable of the whole from those of its parts."""
    found = list(parts)
    return Timetable(
        starts={name: at for p in found for name, at in p.starts.items()},
        ends={name: at for p in found for name, at in p.ends.items()},
        completed={name: at for p in found for name, at in p.completed.items()},
        ways={name: way for p in found for name, way in p.ways.items()},
        tardiness=sum(p.tardiness for p in found),
        delay=sum(p.delay for p in found),
        length=max((p.length for p in found), default=0),
        least_delay=sum(p.least_delay for p in found),
        least_length=max((p.least_length for p in found), default=0),
        proven=all(p.proven for p in found),
    )
