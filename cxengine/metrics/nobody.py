"""Segments of which there is nothing to tell: nobody is in them, or who is has answered nothing measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cxengine import cel
from cxengine.cel import ast
from cxengine.diagnostics import Diagnostic, closest
from cxengine.metrics import spelling
from cxengine.metrics.finest import finest_of
from cxengine.metrics.measurement import ALL
from cxengine.metrics.names import Names
from cxengine.metrics.segment import column, cubes
from cxengine.metrics.suppression import membership

if TYPE_CHECKING:
    from cxengine.evidence.evidence import Evidence
    from cxengine.metrics.measurement import Measurements
    from cxengine.project.model import Project
    from cxengine.project.origins import Origins

_NAMED = 5
"""Values that are told by name."""
_COMPARED = 100
"""Values among which the one is looked for that may be meant."""
_RIGHTLY = "Where that may be so, say `may_be_empty = true`."


def nobody(
    project: Project, evidence: Evidence, measurements: Measurements, origins: Origins | None = None
) -> Iterator[Diagnostic]:
    """A warning for each segment without a cell where there are answers of everybody, a note if it may be."""
    segments = Names.of(measurements.table["segment"])
    there = {segments.names[code] for code in np.unique(segments.code)}
    silent = {str(segment.id) for segment in project.segments} - there
    if not silent or ALL not in there:
        return
    silent -= _answering(measurements)
    groups = cubes(project, origins, evidence.types, evidence.functions)
    conditions = {
        name: condition
        for cube in groups
        for name, condition in zip(cube.segments, cube.conditions, strict=True)
    }
    members = membership(groups, finest_of(evidence))
    for segment in project.segments:
        name = str(segment.id)
        if name in silent:
            place = origins.locate(("segment", name, "when")) if origins else None
            if members[name].any():
                message = f'Nobody in the segment "{name}" has answered anything that is measured.'
                hint = "Do the sources of these answers map what its condition reads?"
            else:
                message = f'Nobody is in the segment "{name}": its condition holds of no response.'
                hint = _hint(conditions[name], project, evidence)
            if segment.may_be_empty:
                yield Diagnostic("CX237", message, place, severity="note")
            else:
                yield Diagnostic("CX237", message, place, f"{hint} {_RIGHTLY}", severity="warning")


def _answering(measurements: Measurements) -> set[str]:
    """The segments of which there are answers, though no metric may have a value of them."""
    components = measurements.components
    if components is None:
        return set()
    cells = [components.cells(name) for name in components.signals]
    _, segments, _ = components.axes.positions(np.unique(np.concatenate(cells)))
    return {components.axes.segments[place] for place in np.unique(segments)}


def _hint(condition: cel.Program, project: Project, evidence: Evidence) -> str:
    """The values of the texts that the condition reads, and the one that may be meant."""
    told = []
    for fact, values in sorted(_values(condition, project, evidence).items()):
        meant = next((near for one in _texts(condition) if (near := _near(one, values))), None)
        told += [f'Did you mean "{meant}"?'] if meant else []
        named = ", ".join(f'"{value}"' for value in values[:_NAMED])
        told += [f"{fact} is one of {named}{', ...' if len(values) > _NAMED else '.'}"] if values else []
    return " ".join(told) or "Compare what it asks for with the values in the sources: capitals count."


def _near(asked: str, values: Sequence[str]) -> str | None:
    return None if asked in values else closest(asked, values)


def _texts(condition: cel.Program) -> Iterator[str]:
    """The texts that the condition names."""
    for node in ast.walk(condition.tree):
        if isinstance(node, ast.Literal) and isinstance(node.value, str):
            yield node.value


def _values(condition: cel.Program, project: Project, evidence: Evidence) -> dict[str, list[str]]:
    """The commonest values of every text that the condition reads, of those that enough people have.

    None where components were kept from earlier runs, which do not tell them.
    """
    if evidence.kept is not None:
        return {}
    found = {}
    for path in sorted({path[:2] for path in condition.reads}):
        if path == ("channel",):
            text = spelling.name("duckdb", "channel")
        elif len(path) == 2 and evidence.types.get(path[1]) == "text":
            text = column(path[1], "duckdb")
        else:
            continue
        rows = evidence.whole.execute(
            f"SELECT {text} AS value FROM responses WHERE {text} IS NOT NULL GROUP BY {text}"  # noqa: S608 - quoted
            f" HAVING COUNT(DISTINCT COALESCE(customer, response_id)) >= {project.privacy.minimum_n}"
            f" ORDER BY COUNT(*) DESC, {text} LIMIT {_COMPARED}"
        )
        found[".".join(path)] = rows["value"].to_pylist()
    return found
