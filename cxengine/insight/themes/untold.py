"""What is not told of texts, and why: they stay where they are read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cxengine.diagnostics import Diagnostic
from cxengine.insight.themes.queries import DIALECT

if TYPE_CHECKING:
    from cxengine.evidence.evidence import Evidence
    from cxengine.project.model import Project
    from cxengine.project.origins import Origins


def untold(project: Project, evidence: Evidence, origins: Origins | None = None) -> Iterator[Diagnostic]:
    """A note where texts are mapped and another engine than DuckDB measures: it is never handed any."""
    engine = evidence.backend.dialect
    written = next((source for source in project.sources if source.mapping.verbatims), None)
    if written is None or engine == DIALECT:
        return
    place = origins.locate(("source", written.id, "mapping", "verbatims")) if origins else None
    message = f"Texts are not handed to {engine}: no theme and no text is told of them in this run."
    hint = "What enrichers find in them is measured all the same; DuckDB tells the themes, too."
    yield Diagnostic("CX265", message, place, hint, severity="note")
