"""From what a run found to files: measurements, insight, what the project exports, and the manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pyarrow import parquet

from cxengine import __version__
from cxengine.insight import feelings
from cxengine.review.folder import written_whole
from cxengine.review.insight import write_insight
from cxengine.review.kept import write_kept
from cxengine.review.manifest import manifest, write_manifest
from cxengine.review.observed import write_observed
from cxengine.review.rox import write_rox

if TYPE_CHECKING:
    from cxengine.pipeline.result import Result


def write(result: Result, folder: Path) -> tuple[Path, ...]:
    """All files, in a folder that appears whole or not at all.

    Raises:
        OutputError: the folder is not one that a run wrote, or cannot be written.
    """
    with written_whole(folder) as beside:
        _write_data(result, beside)
        for table in result.project.exports:
            result.loaded.uses["export", table.id].make().export(result, beside)
        told = manifest(
            version=__version__,
            plugins=result.loaded.registry.versions(),
            project=result.loaded.fingerprint(),
            accounts=result.evidence.accounts,
            weighting=result.evidence.weighting,
            timings=result.timings,
            timezone=result.project.evidence.timezone,
        )
        write_manifest(beside, {**told, "planning": write_kept(beside, result)})
    return tuple(sorted(path for path in folder.rglob("*") if path.is_file()))


def _write_data(result: Result, folder: Path) -> None:
    """What every run writes, whatever the project exports."""
    parquet.write_table(result.measurements.table, folder / "measurements.parquet")
    period = feelings.present(result.project, result.measurements)
    parquet.write_table(feelings.table(result.insight, period), folder / feelings.FILE)
    if result.measurements.changes:
        parquet.write_table(result.measurements.changes, folder / "changes.parquet")
    if result.rox:
        write_rox(folder, result.rox)
    write_insight(folder, result.project, result.journey, result.insight, result.rox)
    if result.scenarios:
        from cxengine.review.scenarios import write_scenarios  # imports all of planning

        write_scenarios(folder, result.scenarios)
    if result.insight.observed:
        write_observed(folder, result.project, result.journey, result.insight.observed)
