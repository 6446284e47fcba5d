"""Returns on experience as trees: what a node may be, and which trees come first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from cxengine.diagnostics import Diagnostic

if TYPE_CHECKING:
    from cxengine.project.checks import Parts
    from cxengine.project.model import RoxTable


def check_trees(parts: Parts) -> Iterator[Diagnostic]:
    """Nodes that are none, and trees that contain each other."""
    tables = {str(key): table for key, table in parts.of("rox").items()}
    for name, table in tables.items():
        yield from _wrong_nodes(parts, name, table)
        yield from _half_a_ratio(parts, name, table)
    try:
        TopologicalSorter(_within(tables)).prepare()
    except CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        place = parts.origins.locate(("rox", error.args[1][0], "nodes"))
        yield Diagnostic("CX506", f"Returns on experience contain each other: {circle}.", place)


def innermost_first(trees: Sequence[RoxTable]) -> list[str]:
    """The ids of trees that were checked, those within others first."""
    tables = {str(table.id): table for table in trees}
    return list(TopologicalSorter(_within(tables)).static_order())


def _within(tables: Mapping[str, RoxTable]) -> dict[str, list[str]]:
    """The trees within each tree."""
    return {
        name: sorted({str(node.rox) for node in table.nodes if str(node.rox) in tables})
        for name, table in tables.items()
    }


def _wrong_nodes(parts: Parts, name: str, table: RoxTable) -> Iterator[Diagnostic]:
    if not table.nodes:
        message = f'The return on experience "{name}" has no nodes.'
        place = parts.origins.locate(("rox", name, "nodes"))
        yield Diagnostic("CX505", message, place, "Say what it is made of.")
    for i, node in enumerate(table.nodes):
        place = parts.origins.locate(("rox", name, "nodes", i))
        if (node.metric is None) == (node.rox is None):
            message = f'Node {i + 1} of the return on experience "{name}" needs either `metric` or `rox`.'
            yield Diagnostic("CX505", message, place, "Write one of the two.")
        if node.base == node.target:
            message = f'Node {i + 1} of the return on experience "{name}" has no way to go: base is target.'
            yield Diagnostic("CX505", message, place, "Let the target differ from the base.")


def _half_a_ratio(parts: Parts, name: str, table: RoxTable) -> Iterator[Diagnostic]:
    """A value without what it cost, or a cost without what it brought, tells nothing by itself."""
    said = {"attributed": table.attributed, "investment": table.investment}
    there = [key for key, value in said.items() if value is not None]
    if len(there) == 1:
        lacking = next(key for key in said if key not in there)
        message = (
            f'The return on experience "{name}" has `{there[0]}` without `{lacking}`: there is no ratio.'
        )
        hint = f"Write `{lacking}`, too; or take `{there[0]}` out: the index needs neither."
        yield Diagnostic("CX505", message, parts.origins.locate(("rox", name, there[0])), hint)
