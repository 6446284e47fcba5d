"""The models behind metrics as a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from cxengine.metrics.fitted import Fitted

NAME = "fitted.json"


def write_fitted(folder: Path, found: Sequence[Fitted]) -> Path:
    """Writes `fitted.json`: by metric and place, the parameters of the model that was fitted there."""
    path = folder / NAME
    text = json.dumps([attrs.asdict(one) for one in found], indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path
