"""Observed journeys as files: all their numbers, and a diagram of each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cxengine.insight.observed.published import observed_diagram, observed_json

if TYPE_CHECKING:
    import networkx as nx

    from cxengine.insight.observed.flow import ObservedJourney
    from cxengine.project.model import Project

NAME = "observed.json"


def write_observed(
    folder: Path, project: Project, graph: nx.DiGraph[str], observed: Sequence[ObservedJourney]
) -> None:
    """Writes `observed.json` and a Mermaid flowchart `observed-<id>.mmd` a journey.

    `cxengine schema observed` prints the JSON Schema of the former.
    """
    text = json.dumps(observed_json(project, graph, observed), indent=2, ensure_ascii=False, allow_nan=False)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")
    for journey in observed:
        diagram = observed_diagram(project, graph, journey)
        (folder / f"observed-{journey.id}.mmd").write_text(diagram, encoding="utf-8")
