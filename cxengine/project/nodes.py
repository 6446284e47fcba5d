"""Nodes of returns on experience that are about other people than they say."""

from __future__ import annotations

from collections.abc import Iterator

from cxengine.diagnostics import Diagnostic
from cxengine.project.checks import Parts
from cxengine.project.merges import carried, names_any
from cxengine.project.model import SourceTable

_WAY_OUT = {
    "employee": 'say kind = "experience" or "outcome", or name a metric of what employees answer',
    "experience": 'say kind = "employee", or name a metric of what customers answer',
}


def check_nodes(parts: Parts) -> Iterator[Diagnostic]:
    """Employees' nodes that are measured by what customers answer, and the reverse."""
    sources: list[SourceTable] = list(parts.of("source").values())
    metrics = parts.of("metric")
    for key, table in parts.of("rox").items():
        for i, node in enumerate(table.nodes):
            metric = metrics.get(node.metric)
            answering = _answering(sources, str(metric.signal)) if metric else []
            others = [one for one in answering if (one.kind == "employee") is not (node.kind == "employee")]
            if node.kind in _WAY_OUT and others and others == answering:
                who = "customers" if node.kind == "employee" else "employees"
                yield Diagnostic(
                    "CX505",
                    f'Node {i + 1} of the return on experience "{key}" is of kind "{node.kind}", and its'
                    f' metric "{node.metric}" is of what {who} answer in "{others[0].id}"'
                    f" ({parts.origins.locate(('source', others[0].id))}).",
                    parts.origins.locate(("rox", key, "nodes", i, "kind")),
                    _WAY_OUT[node.kind],
                )


def _answering(sources: list[SourceTable], signal: str) -> list[SourceTable]:
    """The sources that carry a signal, or may."""
    return [
        one
        for one in sources
        if signal in carried(one) or (one.mapping.long is not None and names_any(one.mapping.long))
    ]
