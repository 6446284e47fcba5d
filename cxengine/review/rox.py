"""Returns on experience as a file: what rests on assumption is said beside every number."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from cxengine.metrics.rox import Rox

NAME = "rox.json"


def write_rox(folder: Path, found: Sequence[Rox]) -> Path:
    """Writes `rox.json`: every return on experience with its nodes; null for a bound that does not exist."""
    path = folder / NAME
    text = json.dumps([plain(one) for one in found], indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def plain(one: Rox) -> dict[str, Any]:
    """A return on experience as JSON has it."""
    return attrs.asdict(one, value_serializer=_finite)


def _finite(instance: object, field: object, value: Any) -> Any:
    """JSON has no infinity."""
    del instance, field
    return None if isinstance(value, float) and not math.isfinite(value) else value
