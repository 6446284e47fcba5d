"""What is not told of texts, and why: they stay where they are read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cxengine.insight.themes.queries import DIALECT

if TYPE_CHECKING:
    from cxengine.project.model import Project


def untold(project: Project, engine: str) -> Iterator[str]:
    """A remark where texts are mapped, and an engine measures that is never handed any."""
    written = [str(source.id) for source in project.sources if source.mapping.verbatims]
    if written and engine != DIALECT:
        yield (
            f"Texts stay in DuckDB and are not handed to {engine}: no theme and no text is told of"
            f" {', '.join(written)}."
        )
