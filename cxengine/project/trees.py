"""Returns on experience as trees: what a node may be, and which trees come first."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from cxengine.diagnostics import Diagnostic, ProjectError

if TYPE_CHECKING:
    from cxengine.project.model import Project
    from cxengine.project.origins import Origins


def order(project: Project, origins: Origins | None = None) -> list[str]:
    """The ids of the trees, those within others first.

    Raises:
        ProjectError: a node is not one, or trees contain each other.
    """
    tables = {str(table.id): table for table in project.rox}
    wrong = []
    for name, table in tables.items():
        if not table.nodes:
            place = origins.locate(("rox", name, "nodes")) if origins else None
            message = f'The return on experience "{name}" has no nodes.'
            wrong.append(Diagnostic("CX505", message, place, "say what it is made of"))
        for i, node in enumerate(table.nodes):
            place = origins.locate(("rox", name, "nodes", i)) if origins else None
            if (node.metric is None) == (node.rox is None):
                message = f'Node {i + 1} of the return on experience "{name}" needs either `metric` or `rox`.'
                wrong.append(Diagnostic("CX505", message, place, "write one of the two"))
            if node.base == node.target:
                message = (
                    f'Node {i + 1} of the return on experience "{name}" has no way to go: base is target.'
                )
                wrong.append(Diagnostic("CX505", message, place, "let the target differ from the base"))
    within = {name: sorted({str(n.rox) for n in table.nodes if n.rox}) for name, table in tables.items()}
    try:
        sorted_ids = [name for name in TopologicalSorter(within).static_order() if name in tables]
    except CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        place = origins.locate(("rox", error.args[1][0], "nodes")) if origins else None
        wrong.append(Diagnostic("CX506", f"Returns on experience contain each other: {circle}.", place))
        sorted_ids = []
    if wrong:
        raise ProjectError(*wrong)
    return sorted_ids
