"""Insight as a file: driver models with all their numbers, and the findings that follow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from cxengine.insight.published import insight_json

if TYPE_CHECKING:
    from cxengine.insight.insight import Insight

NAME = "insight.json"


def write_insight(folder: Path, insight: Insight) -> Path:
    """Writes `insight.json`; `cxengine schema insight` prints its JSON Schema."""
    path = folder / NAME
    text = json.dumps(insight_json(insight), indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path
