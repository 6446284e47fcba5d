"""From what a run found to files: measurements, insight, what the project exports, and the manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyarrow import parquet

from cxengine import __version__
from cxengine.insight import feelings
from cxengine.metrics.held import written
from cxengine.review.earlier import keep
from cxengine.review.fitted import write_fitted
from cxengine.review.folder import written_whole
from cxengine.review.insight import write_insight
from cxengine.review.kept import write_kept
from cxengine.review.manifest import inputs, manifest, write_manifest
from cxengine.review.meanings import Meanings
from cxengine.review.observed import write_observed
from cxengine.review.rox import write_rox

if TYPE_CHECKING:
    from cxengine.evidence.evidence import Evidence
    from cxengine.pipeline.result import Result
    from cxengine.project import Loaded


def write(result: Result, folder: Path) -> tuple[Path, ...]:
    """All files, in a folder that appears whole or not at all.

    Raises:
        OutputError: the folder is not one that a run wrote, or cannot be written.
    """
    with written_whole(folder) as beside:
        _write_data(result, beside)
        for table in result.project.exports:
            result.loaded.uses["export", table.id].make().export(result, beside)
        if result.previous:
            keep(beside, result.previous)
        made_of = went_in(result.loaded, result.evidence)
        measured = result.measurements.components
        scans = () if measured is None else measured.again
        meanings = Meanings.of(result.loaded, result.measurements)
        told = manifest(made_of, result.insight.discovery, meanings, result.timings, scans)
        write_manifest(beside, {**told, "planning": write_kept(beside, result)})
    return tuple(sorted(path for path in folder.rglob("*") if path.is_file()))


def went_in(loaded: Loaded, evidence: Evidence) -> dict[str, Any]:
    """What a run is made of: two runs of the same differ in nothing but how long they take."""
    return inputs(
        version=__version__,
        plugins=loaded.registry.versions(),
        project=loaded.fingerprint(),
        accounts=evidence.accounts,
        timezone=loaded.project.evidence.timezone,
        weighting=evidence.weighting,
    )


def _write_data(result: Result, folder: Path) -> None:
    """What every run writes, whatever the project exports."""
    measurements = written(result.measurements.table, result.measurements.held)
    parquet.write_table(measurements, folder / "measurements.parquet")
    period = feelings.present(result.project, result.measurements)
    parquet.write_table(feelings.table(result.insight, period), folder / feelings.FILE)
    if result.measurements.changes:
        parquet.write_table(result.measurements.changes, folder / "changes.parquet")
    if result.fitted:
        write_fitted(folder, result.fitted)
    if result.rox:
        write_rox(folder, result.rox)
    write_insight(folder, result.project, result.journey, result.insight, result.rox)
    if result.scenarios:
        from cxengine.review.scenarios import write_scenarios  # imports all of planning

        write_scenarios(folder, result.scenarios)
    if result.insight.observed:
        write_observed(folder, result.project, result.journey, result.insight.observed)
