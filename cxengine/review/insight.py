"""Insight as a file: all findings, and the numbers behind them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cxengine.insight.published import insight_json

if TYPE_CHECKING:
    import networkx as nx

    from cxengine.insight.insight import Insight
    from cxengine.metrics.rox import Rox
    from cxengine.project.model import Project

NAME = "insight.json"


def write_insight(
    folder: Path, project: Project, graph: nx.DiGraph[str], insight: Insight, returns: Sequence[Rox]
) -> Path:
    """Writes `insight.json`; `cxengine schema insight` prints its JSON Schema."""
    path = folder / NAME
    content = insight_json(project, graph, insight, returns)
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path
