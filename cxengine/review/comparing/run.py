"""A run as it lies in a folder, read back so that it can be planned again."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.diagnostics import Diagnostic, OutputError
from cxengine.insight.drivers.report import Drivers, ModelResult
from cxengine.insight.drivers.report import Path as DriverPath
from cxengine.insight.insight import Feeling, Insight
from cxengine.metrics.discovery import Discovery
from cxengine.metrics.measurement import Measurements
from cxengine.metrics.rox import Rox
from cxengine.project import Loaded, load
from cxengine.review.folder import MANIFEST
from cxengine.review.kept import FACTS, FORMAT, PROJECT
from cxengine.rules.conclusion import Subject

if TYPE_CHECKING:
    import pyarrow as pa
    from cattrs import Converter

    from cxengine.plugin.registry import Registry

_NUMBERS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


@attrs.frozen(eq=False)
class Run:
    """What a run published and kept."""

    folder: Path
    manifest: Mapping[str, Any]
    loaded: Loaded
    measurements: Measurements
    insight: Insight
    returns: tuple[Rox, ...]
    facts: Mapping[Subject, Mapping[str, Any]]
    """What was known of touchpoints and cells before rules were asked, without what is the same for all."""
    collected: Mapping[str, str]
    """Marks of what said how answers were collected."""
    employees: frozenset[str]
    """The metrics of what employees say."""
    roadmap: Mapping[str, Any] | None
    """What was planned: `start`, `weeks`, `items`, `left_out`."""


def read_run(folder: Path, registry: Registry) -> Run:
    """The run in a folder.

    Raises:
        OutputError: there is none (CX630), it was written before runs could be planned again (CX631), or what
            it kept was changed since (CX632).
        ProjectError: it needs a plugin that is not installed.
    """
    from pyarrow import ArrowException, parquet

    from cxengine.metrics.held import of_now, of_then

    manifest = _manifest(folder)
    try:
        content = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        table = parquet.read_table(folder / "measurements.parquet")
        moved = folder / "changes.parquet"
        changes = parquet.read_table(moved) if moved.exists() else None
    except (OSError, ValueError, ArrowException) as error:
        problem = " ".join(str(error).split())
        raise _unreadable("CX632", f"The run in {folder} is not whole: {problem}", _WRITE_AGAIN) from error
    made = _converter()
    return Run(
        folder=folder,
        manifest=manifest,
        loaded=load(folder / PROJECT, registry=registry),
        measurements=Measurements(
            _spelled(of_now(table)),
            changes=None if changes is None else _spelled(changes),
            held=None if (then := of_then(table)) is None else _spelled(then),
        ),
        insight=Insight(
            made.structure(content["insight"]["feelings"], tuple[Feeling, ...]),
            drivers=Drivers(
                made.structure(content["insight"]["models"], tuple[ModelResult, ...]),
                made.structure(content["insight"]["paths"], tuple[DriverPath, ...]),
            ),
            discovery=made.structure(content["insight"].get("discovery", {}), Discovery),
        ),
        returns=made.structure(content["returns"], tuple[Rox, ...]),
        facts={
            Subject(one["about"], one["id"], one["segment"]): _numbers(one["facts"])
            for one in content["subjects"]
        },
        collected=content["collected"],
        employees=frozenset(content["employees"]),
        roadmap=content["roadmap"],
    )


_WRITE_AGAIN = "Run the project again: `cxengine run` writes the folder anew."


def _manifest(folder: Path) -> Mapping[str, Any]:
    """The manifest of a run that can be planned again."""
    manifest: Any
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"{folder} is not the folder of a run: it has no readable {MANIFEST}."
        raise _unreadable("CX630", message, "Name two folders that `cxengine run` wrote.") from error
    kept = manifest.get("planning") if isinstance(manifest, dict) else None
    if not isinstance(kept, dict):
        version = manifest.get("cxengine", "?") if isinstance(manifest, dict) else "?"
        message = (
            f"The run in {folder} (cxengine {version}) did not keep what planning it again needs:"
            f" {PROJECT} and {FACTS}."
        )
        raise _unreadable("CX631", message, _WRITE_AGAIN)
    if kept.get("format") != FORMAT:
        message = (
            f"The run in {folder} keeps its facts as {kept.get('format')}; this cxengine reads {FORMAT}."
        )
        raise _unreadable("CX631", message, _WRITE_AGAIN)
    for name in (PROJECT, FACTS, "measurements.parquet"):
        _unchanged(folder, name, manifest.get("outputs", {}))
    found: Mapping[str, Any] = manifest
    return found


def _unchanged(folder: Path, name: str, outputs: Mapping[str, str]) -> None:
    from cxengine.review.manifest import fingerprint

    file = folder / name
    if not file.is_file():
        raise _unreadable("CX632", f"The run in {folder} is not whole: {name} is missing.", _WRITE_AGAIN)
    if outputs.get(name) != fingerprint(file):
        message = f"{file} is not what the run wrote: its content differs from {MANIFEST}."
        raise _unreadable("CX632", message, _WRITE_AGAIN)


def _spelled(table: pa.Table) -> pa.Table:
    """The table with texts where it has numbers of texts: those of two runs mean different ones."""
    import pyarrow as pa

    layout = [
        pa.field(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type) for f in table.schema
    ]
    return table.cast(pa.schema(layout))


def _unreadable(code: str, message: str, hint: str) -> OutputError:
    return OutputError(Diagnostic(code, message, hint=hint))


def _converter() -> Converter:
    from cattrs import Converter

    made = Converter()
    made.register_structure_hook(float, lambda value, _: float(value))
    made.register_structure_hook(dt.datetime, lambda value, _: dt.datetime.fromisoformat(value))
    return made


def _numbers(value: Any) -> Any:
    """Facts with the numbers that JSON has no word for."""
    if isinstance(value, dict):
        return {name: _numbers(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_numbers(inner) for inner in value]
    return _NUMBERS.get(value, value) if isinstance(value, str) else value
