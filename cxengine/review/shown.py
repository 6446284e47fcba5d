"""What an earlier run showed: what a new one must not give away by comparison, and is compared with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError
from cxengine.review.folder import MANIFEST
from cxengine.review.last import with_last
from cxengine.review.manifest import compared_with, inputs_of, made_at
from cxengine.review.meanings import Meanings

if TYPE_CHECKING:
    import pyarrow as pa

    from cxengine.project.model import Project


_MEASURED, _INSIGHT, _PLAN = "measurements.parquet", "insight.json", "roadmap.json"
_OBSERVED = "observed.json"
PREVIOUS = "previous"
"""The folder in that of a run with what it was compared with."""


@attrs.frozen(eq=False)
class Shown:
    """What a run published; None or empty where it did not."""

    measurements: pa.Table | None = None
    feelings: pa.Table | None = None
    insight: Mapping[str, Any] = attrs.field(factory=dict)
    """As published in `insight.json`: findings, changes, models of drivers, themes, the map."""
    observed: Mapping[str, Any] = attrs.field(factory=dict)
    """As published in `observed.json`."""
    roadmap: Mapping[str, Any] | None = None
    """As published in `roadmap.json`, where the run wrote one."""
    told: pa.Table | None = None
    """All figures of measurements that it told, with when the run that reckoned them was made: see
    `metrics.held`; None where that is not known."""
    felt: tuple[Mapping[str, Any], ...] = ()
    """All feelings that it told, with when the run that reckoned them was made: see `insight.held`; none
    where that is not known."""
    meanings: Meanings | None = None
    """What its figures mean; None where that is not known."""
    accounts: tuple[Mapping[str, Any], ...] = ()
    """What became of the rows of its sources, as in its manifest."""
    timezone: str = "UTC"
    """Whose clocks told its periods apart."""
    files: Mapping[str, bytes] = attrs.field(factory=dict, repr=False)
    """All that this was read from, file by file, as a later run keeps it: with what was told last of hidden
    cells, where that is known."""

    def themes_of(self, period: str) -> tuple[Mapping[str, Any], ...]:
        """The themes of a period; none where they are of another."""
        rows = [] if self.feelings is None else self.feelings["period"].unique().to_pylist()
        return tuple(self.insight.get("themes", {}).get("themes", ())) if rows == [period] else ()

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
    from pyarrow import ArrowException

    from cxengine.insight import feelings
    from cxengine.insight import held as held_feelings
    from cxengine.metrics import held
    from cxengine.metrics.measurement import KEYS

    try:
        files = {_MEASURED: (folder / _MEASURED).read_bytes()}
        more = (feelings.FILE, _INSIGHT, _OBSERVED, _PLAN, MANIFEST)
        files |= {name: (folder / name).read_bytes() for name in more if (folder / name).exists()}
        measured = _carrying(folder, files, _MEASURED, KEYS)
        felt = _carrying(folder, files, feelings.FILE, feelings.KEYS) if feelings.FILE in files else None
        insight, observed, planned, told = (json.loads(files.get(name, b"{}")) for name in more[1:])
    except (OSError, ArrowException, ValueError) as error:
        problem = f"{folder / _MEASURED} holds no measurements of an earlier run: {error}"
        hint = "Name the folder that `cxengine run` wrote, or compare with none: --previous none."
        raise EvidenceError(Diagnostic("CX239", problem, hint=hint)) from error
    if MANIFEST in files:
        files[MANIFEST] = json.dumps(compared_with(told), indent=2, ensure_ascii=False).encode()
    return Shown(
        measurements=held.of_now(measured),
        told=None if (made := made_at(told)) is None else held.told(measured, made),
        felt=() if felt is None or made is None else held_feelings.told(felt, made),
        meanings=Meanings.read(told.get("meanings")),
        accounts=tuple(inputs_of(told).get("evidence", ())),
        feelings=None if felt is None else held_feelings.of_now(felt),
        insight=insight,
        observed=observed,
        roadmap=planned or None,
        timezone=inputs_of(told).get("timezone", "UTC"),
        files=files,
    )


def _carrying(folder: Path, files: dict[str, bytes], name: str, keys: Sequence[str]) -> pa.Table:
    """A table of a run with what was told last of its hidden cells; so it is among the `files`, too."""
    import io

    from pyarrow import parquet

    from cxengine.metrics.earlier import LAST

    table, before = parquet.read_table(io.BytesIO(files[name])), folder / PREVIOUS
    if LAST in table.column_names or not (before / name).exists():
        return table
    manifest = before / MANIFEST
    made = made_at(json.loads(manifest.read_bytes())) if manifest.exists() else None
    found = with_last(table, parquet.read_table(before / name), keys, made)
    if found is not table:
        kept = io.BytesIO()
        parquet.write_table(found, kept)
        files[name] = kept.getvalue()
    return found
