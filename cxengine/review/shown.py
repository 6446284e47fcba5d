"""What an earlier run showed: what a new one must not give away by comparison, and is compared with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError
from cxengine.review.folder import MANIFEST

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine.project.model import Project


@attrs.frozen(eq=False)
class Shown:
    """The measurements, the feelings, the themes and the roadmap of a run; None where there are none."""

    measurements: pa.Table | None = None
    feelings: pa.Table | None = None
    themes: tuple[Mapping[str, Any], ...] = ()
    """As published in `insight.json`."""
    roadmap: Mapping[str, Any] | None = None
    """As published in `roadmap.json`, where the run wrote one."""
    timezone: str = "UTC"
    """Whose clocks told its periods apart."""

    def themes_of(self, period: str) -> tuple[Mapping[str, Any], ...]:
        """The themes of a period; none where they are of another."""
        rows = [] if self.feelings is None else self.feelings["period"].unique().to_pylist()
        return self.themes if rows == [period] else ()

    def not_compared(self, project: Project, metrics: Sequence[str]) -> Iterator[Diagnostic]:
        """What the run showed that today's project has no place for."""
        if self.measurements is not None:
            from cxengine.metrics.published import not_compared

            yield from not_compared(project, metrics, self.measurements)
            if self.timezone != project.evidence.timezone:
                yield Diagnostic(
                    "CX530",
                    f"The periods of the previous run are those of {self.timezone}, today's those of"
                    f" {project.evidence.timezone}: what happened at their edges is counted in another one.",
                    severity="warning",
                    hint="Publish one of the two runs only: who has both may tell few answers apart.",
                )


def shown(folder: Path) -> Shown:
    """What a run in a folder showed.

    Raises:
        EvidenceError: the folder holds no run.
    """
    from pyarrow import ArrowException, parquet

    from cxengine.insight import feelings

    file, plan = folder / "measurements.parquet", folder / "roadmap.json"
    found = folder / "insight.json"
    try:
        measured = parquet.read_table(file)
        felt = parquet.read_table(folder / feelings.FILE) if (folder / feelings.FILE).exists() else None
        written = json.loads(found.read_text(encoding="utf-8")) if found.exists() else {}
        planned = json.loads(plan.read_text(encoding="utf-8")) if plan.exists() else None
        zone = _timezone(folder / MANIFEST)
    except (OSError, ArrowException, ValueError) as error:
        problem = f"{file} holds no measurements of an earlier run: {error}"
        hint = "Name the folder that `cxengine run` wrote."
        raise EvidenceError(Diagnostic("CX239", problem, hint=hint)) from error
    themes = tuple(written["themes"]["themes"]) if "themes" in written else ()
    return Shown(measured, felt, themes, planned if isinstance(planned, dict) else None, zone)


def _timezone(manifest: Path) -> str:
    """That of the periods of a run; UTC where it did not say."""
    content = json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else {}
    return str(content.get("timezone", "UTC")) if isinstance(content, dict) else "UTC"
