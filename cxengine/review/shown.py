"""What an earlier run showed: what a new one must not give away by comparison."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from cxengine.diagnostics import Diagnostic, EvidenceError

if TYPE_CHECKING:
    import pyarrow as pa


@attrs.frozen(eq=False)
class Shown:
    """The measurements and feelings of a run; None where there are none."""

    measurements: pa.Table | None = None
    feelings: pa.Table | None = None


def shown(folder: Path) -> Shown:
    """What a run in a folder showed.

    Raises:
        EvidenceError: the folder holds no run.
    """
    from pyarrow import ArrowException, parquet

    from cxengine.insight import feelings
    from cxengine.metrics.measurement import KEYS

    file = folder / "measurements.parquet"
    try:
        measured = parquet.read_table(file, columns=[*KEYS, "n", "suppressed"])
        felt = parquet.read_table(folder / feelings.FILE) if (folder / feelings.FILE).exists() else None
    except (OSError, ArrowException) as error:
        problem = f"{file} holds no measurements of an earlier run: {error}"
        hint = "Name the folder that `cxengine run` wrote."
        raise EvidenceError(Diagnostic("CX239", problem, hint=hint)) from error
    return Shown(measured, felt)
