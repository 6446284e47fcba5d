"""What an earlier run showed: what a new one must not give away by comparison, and is compared with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError

if TYPE_CHECKING:
    import pyarrow as pa


@attrs.frozen(eq=False)
class Shown:
    """The measurements, the feelings and the roadmap of a run; None where there are none."""

    measurements: pa.Table | None = None
    feelings: pa.Table | None = None
    roadmap: Mapping[str, Any] | None = None
    """As published in `roadmap.json`, where the run wrote one."""


def shown(folder: Path) -> Shown:
    """What a run in a folder showed.

    Raises:
        EvidenceError: the folder holds no run.
    """
    from pyarrow import ArrowException, parquet

    from cxengine.insight import feelings

    file, plan = folder / "measurements.parquet", folder / "roadmap.json"
    try:
        measured = parquet.read_table(file)
        felt = parquet.read_table(folder / feelings.FILE) if (folder / feelings.FILE).exists() else None
        planned = json.loads(plan.read_text(encoding="utf-8")) if plan.exists() else None
    except (OSError, ArrowException, ValueError) as error:
        problem = f"{file} holds no measurements of an earlier run: {error}"
        hint = "Name the folder that `cxengine run` wrote."
        raise EvidenceError(Diagnostic("CX239", problem, hint=hint)) from error
    return Shown(measured, felt, planned if isinstance(planned, dict) else None)
